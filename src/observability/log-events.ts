import type { FederationErrorCode } from '../protocol/errors.js';
import type { DomainEvents, EventBus, EventName } from './events.js';
import { Logger, type LogLevel } from './logger.js';

interface EventLine<N extends EventName> {
  readonly message: string;
  readonly level: LogLevel | ((payload: DomainEvents[N]) => LogLevel);
}

/** Someone claims what is another's: an operator wants to know. The other refusals are everyday. */
const CLAIMS_OF_OTHERS: ReadonlySet<FederationErrorCode> = new Set([
  'key_mismatch',
  'key_reused',
  'name_taken',
  'identity_revoked',
]);

/** How each event is logged; a new event does not compile without its line. */
const LINES: { readonly [N in EventName]: EventLine<N> } = {
  'peer.learned': { level: 'info', message: 'Learnt a peer' },
  'peer.unproven': { level: 'debug', message: 'Heard again of a peer that has yet to answer us' },
  'peer.changed': { level: 'info', message: 'A peer changed' },
  'peer.refused': {
    level: ({ code }) => (CLAIMS_OF_OTHERS.has(code) ? 'warn' : 'debug'),
    message: 'Refused a peer',
  },
  'peer.revoked': { level: 'warn', message: 'A peer revoked its identity' },
  'neighbor.added': { level: 'info', message: 'Gained a neighbour' },
  'neighbor.removed': { level: 'info', message: 'Lost a neighbour' },
  'round.finished': {
    level: ({ failed }) => (failed > 0 ? 'info' : 'debug'),
    message: 'Finished a gossip round',
  },
  'identity.changed': { level: 'warn', message: 'Our own identity changed' },
};

/** Logs every domain event. Returns how to stop. */
export function logEvents(events: EventBus, logger: Logger): () => void {
  const log = logger.child({ component: 'events' });
  const subscriptions = (Object.keys(LINES) as EventName[]).map((name) => subscribe(name, events, log));
  return () => subscriptions.forEach((unsubscribe) => unsubscribe());
}

function subscribe<N extends EventName>(name: N, events: EventBus, log: Logger): () => void {
  const { level, message } = LINES[name];
  return events.on(name, (payload) => {
    log[typeof level === 'string' ? level : level(payload)](message, { event: name, ...payload });
  });
}
