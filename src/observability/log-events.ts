import type { Clock } from '../platform/clock.js';
import { ClaimAlarm } from './claim-alarm.js';
import type { DomainEvents, EventBus, EventName } from './events.js';
import { Logger, type LogLevel } from './logger.js';

interface EventLine<N extends EventName> {
  readonly message: string;
  readonly level: LogLevel | ((payload: DomainEvents[N], alarm: ClaimAlarm) => LogLevel);
}

/** How each event is logged; a new event does not compile without its line. */
const LINES: { readonly [N in EventName]: EventLine<N> } = {
  'peer.learned': { level: 'info', message: 'Learnt a peer' },
  'peer.unproven': { level: 'debug', message: 'Heard again of a peer that has yet to answer us' },
  'peer.changed': { level: 'info', message: 'A peer changed' },
  'peer.heard': { level: 'debug', message: 'Took a message' },
  'peer.refused': {
    level: ({ code }, alarm) => (alarm.isWarning(code) ? 'warn' : 'debug'),
    message: 'Refused a peer',
  },
  'newcomer.refused': { level: 'debug', message: 'Refused a newcomer' },
  'newcomer.pending': { level: 'debug', message: 'A newcomer is to be checked' },
  'peer.revoked': {
    level: (_, alarm) => (alarm.isRevocationWarning() ? 'warn' : 'debug'),
    message: 'A peer revoked its identity',
  },
  'peer.introduced': { level: 'debug', message: 'Was told of a server' },
  'peer.claimed': {
    level: (_, alarm) => (alarm.isClaimWarning() ? 'warn' : 'debug'),
    message: 'Another identity claims what a peer has',
  },
  'peer.rekeyed': { level: 'debug', message: 'A peer is announced under a key that is not on file' },
  'keychain.fetched': { level: 'debug', message: 'A peer told us its keys' },
  'record.changed': { level: 'debug', message: 'A record changed' },
  'record.dropped': { level: 'debug', message: 'A record is passed on no more, or again' },
  'neighbor.added': { level: 'info', message: 'Gained a neighbour' },
  'neighbor.removed': { level: 'info', message: 'Lost a neighbour' },
  'peer.heartbeat': { level: 'debug', message: 'Heard of a server' },
  'neighbor.suspected': { level: 'info', message: 'A neighbour does not answer' },
  'neighbor.down': { level: 'warn', message: 'A neighbour is down' },
  'neighbor.up': { level: 'info', message: 'A neighbour answers again' },
  'probe.finished': { level: 'debug', message: 'Probed a neighbour' },
  'gossip.sent': { level: 'debug', message: 'Sent a message' },
  'round.finished': {
    level: ({ failed }) => (failed > 0 ? 'info' : 'debug'),
    message: 'Finished a gossip round',
  },
  'rumor.sent': { level: 'debug', message: 'Passed on what is new' },
  'record.heard': { level: 'debug', message: 'Heard of a record' },
  'sync.finished': {
    level: ({ taken }) => (taken > 0 ? 'info' : 'debug'),
    message: 'Compared directories with a neighbour',
  },
  'task.finished': { level: 'debug', message: 'Finished a task' },
  'limit.reached': { level: 'debug', message: 'Refused by a rate limit' },
  'daemon.stopping': { level: 'debug', message: 'Ending what runs' },
  'identity.changed': {
    level: ({ change }) => (change === 'moved' ? 'info' : 'warn'),
    message: 'Our own identity changed',
  },
};

/** Logs every domain event. Returns how to stop. */
export function logEvents(events: EventBus, logger: Logger, clock: Clock): () => void {
  const alarm = new ClaimAlarm(clock);
  const log = logger.child({ component: 'events' });
  const subscriptions = (Object.keys(LINES) as EventName[]).map((name) =>
    subscribe(name, { events, log, alarm }),
  );
  return () => subscriptions.forEach((unsubscribe) => unsubscribe());
}

interface Outlet {
  readonly events: EventBus;
  readonly log: Logger;
  readonly alarm: ClaimAlarm;
}

function subscribe<N extends EventName>(name: N, { events, log, alarm }: Outlet): () => void {
  const { level, message } = LINES[name];
  return events.on(name, (payload) => {
    const given = typeof level === 'string' ? level : level(payload, alarm);
    if (log.isEnabled(given)) log[given](message, { event: name, ...payload });
  });
}
