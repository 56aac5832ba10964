import type { FederationErrorCode } from '../protocol/errors.js';
import type { GossipEnvelope } from '../protocol/messages/gossip-envelope.js';
import { Logger } from './logger.js';

interface Peer {
  readonly serverUuid: string;
  readonly serverId: string;
}

export type GossipKind = GossipEnvelope['messageType'];
export type GossipEffect =
  'newcomer' | 'pending' | 'renamed' | 'moved' | 'refreshed' | 'accepted' | 'unchanged';

/** What happens in the daemon that more than one module cares about. log-events.ts says how each is logged. */
export interface DomainEvents {
  'peer.learned': Peer;
  /** It announced itself again, and has yet to answer us. */
  'peer.unproven': Peer;
  'peer.changed': Peer & { readonly change: 'renamed' | 'moved' | 'rotated' | 'proven' };
  /** Gossip was taken. `serverId` signed it; null where it was `unchanged`: known already, its signature not looked at. */
  'peer.heard': {
    readonly serverId: string | null;
    readonly kind: GossipKind;
    readonly effect: GossipEffect;
  };
  /** `serverId` is what the refused one claims. */
  'peer.refused': {
    readonly serverId: string;
    readonly kind: GossipKind;
    readonly code: FederationErrorCode;
  };
  /** A server whose name nobody here held was kept out for another reason than a fault of its announcement. */
  'newcomer.refused': { readonly serverId: string; readonly code: FederationErrorCode };
  /** A server whose name nobody here held is to be checked before it may have it. */
  'newcomer.pending': Peer & { readonly fingerprint: string };
  'peer.revoked': Peer & { readonly reason: string };
  /** Others told us of a server that we did not know; it is not called for that (wire protocol 2.4). */
  'peer.introduced': Peer & { readonly from: string };
  /** Somebody claims, signed, what a server on file has; the one on file stays. `fingerprint` is the claimant's. */
  'peer.claimed': Peer & {
    readonly claim: 'server_uuid' | 'server_id' | 'fork';
    readonly fingerprint: string;
  };
  /** A peer is announced under a key that is not on file, by itself or by whoever wants its name. */
  'peer.rekeyed': Peer;
  /** A peer told us its keys; `taken`: they were news. */
  'keychain.fetched': Peer & { readonly taken: boolean };
  /**
   * What others may be told of a server changed. `isNews`: it says something new, or its announcement is over 12 hours newer,
   * so that it is worth a rumour (wire protocol 2.5). `from` is the UUID of who brought it; null where it was the server itself.
   */
  'record.changed': {
    readonly serverUuid: string;
    readonly hash: string;
    readonly isNews: boolean;
    /** Of the announcement (epoch milliseconds), where we asked for the record, comparing directories; else null. */
    readonly caughtUpFrom: number | null;
    readonly from: string | null;
  };
  /** Others are told nothing of it any more, or again: it was evicted, blocked, unblocked. */
  'record.dropped': { readonly serverUuid: string };
  'neighbor.added': Peer;
  'neighbor.removed': Peer;
  /**
   * An authenticated exchange with a server, in either direction: it lives (wire protocol 2.6). `as` where it answered a call
   * of ours: as any other, or as one that was asked to look for a third.
   */
  'peer.heartbeat': { readonly serverUuid: string; readonly as?: 'answer' | 'helper' };
  /** It did not answer our probe; from here on it has minutes to be heard. */
  'neighbor.suspected': Peer;
  'neighbor.down': Peer;
  /** Heard again, after it was suspected or down. */
  'neighbor.up': Peer & { readonly after: 'suspect' | 'down' };
  /** One probe of a neighbour: whether it answered us, or only others whom we asked. */
  'probe.finished': { readonly outcome: 'answered' | 'vouched' | 'silent' };
  /** One message of ours to one server; whom we could not call at all is `unreachable`. */
  'gossip.sent': { readonly kind: GossipKind; readonly outcome: 'accepted' | 'refused' | 'unreachable' };
  /** How many neighbours took our announcement and our exchange in a gossip round, and how many did not. */
  'round.finished': { readonly sent: number; readonly failed: number };
  /** One rumour to one neighbour. */
  'rumor.sent': {
    readonly records: number;
    readonly offers: number;
    readonly outcome: 'ok' | 'refused' | 'unreachable';
  };
  /** What became of a record that another server brought: a code where it was refused. */
  'record.heard': { readonly outcome: 'taken' | 'unchanged' | 'claimed' | FederationErrorCode };
  /** Our directory was compared with a neighbour's. */
  'sync.finished': Peer & { readonly asked: number; readonly taken: number; readonly equal: boolean };
  'task.finished': { readonly task: string; readonly succeeded: boolean; readonly durationMs: number };
  /** A charge that a rate limit refused. */
  'limit.reached': { readonly limit: 'source' | 'peer' | 'catch_up' | 'wrong_token' };
  /** From here on every call to another server fails: long work is to end, and to blame nobody. */
  'daemon.stopping': Readonly<Record<string, never>>;
  /** Something about ourselves that others are to hear. */
  'identity.changed': Peer & { readonly change: 'renamed' | 'moved' | 'rotated' | 'revoked' };
}

export type EventName = keyof DomainEvents;
export type EventListener<N extends EventName> = (payload: DomainEvents[N]) => void | Promise<void>;

type Listeners = { [N in EventName]?: ReadonlySet<EventListener<N>> };

/** Tells whoever listens, in order of subscription and at once. A listener that fails is logged and harms nobody else. */
export class EventBus {
  readonly #listeners: Listeners = {};
  readonly #log: Logger;

  constructor(logger: Logger) {
    this.#log = logger.child({ component: 'events' });
  }

  emit<N extends EventName>(name: N, payload: DomainEvents[N]): void {
    for (const listener of this.#of(name)) this.#tell(name, listener, payload);
  }

  /** Returns how to stop listening. */
  on<N extends EventName>(name: N, listener: EventListener<N>): () => void {
    // A subscription of its own, so that one function subscribed twice is two; a new set, so that emit walks a stable one.
    const own: EventListener<N> = (payload) => listener(payload);
    this.#set(name, new Set([...this.#of(name), own]));
    return () => this.#set(name, new Set([...this.#of(name)].filter((other) => other !== own)));
  }

  /** The next event that the predicate accepts. Rejects with the signal's reason, or with what the predicate throws. */
  once<N extends EventName>(
    name: N,
    predicate: (payload: DomainEvents[N]) => boolean = () => true,
    signal?: AbortSignal,
  ): Promise<DomainEvents[N]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const finish = (settle: () => void): void => {
        off();
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = (): void => finish(() => reject(asError(signal?.reason)));
      const off = this.on(name, (payload) => {
        try {
          if (predicate(payload)) finish(() => resolve(payload));
        } catch (error) {
          finish(() => reject(asError(error)));
        }
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Without an async function around it: most listeners only count or log, some of them with every request. */
  #tell<N extends EventName>(name: N, listener: EventListener<N>, payload: DomainEvents[N]): void {
    const onFailure = (error: unknown): void => this.#log.error('A listener failed', { event: name, error });
    try {
      listener(payload)?.catch(onFailure);
    } catch (error) {
      onFailure(error);
    }
  }

  #of<N extends EventName>(name: N): ReadonlySet<EventListener<N>> {
    return this.#listeners[name] ?? new Set();
  }

  #set<N extends EventName>(name: N, listeners: ReadonlySet<EventListener<N>>): void {
    this.#listeners[name] = listeners as Listeners[N];
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('Stopped waiting', { cause: reason });
}
