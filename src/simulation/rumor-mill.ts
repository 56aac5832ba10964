import type { Random } from '../platform/random.js';
import { CLOCK_SKEW_MS } from '../protocol/limits.js';
import { isNews } from '../protocol/records/news.js';
import type { RecordState } from '../protocol/records/record.js';
import { relayedUntil } from '../protocol/records/relay-age.js';
import {
  ASKED_MS,
  HOP_MS,
  isRumor,
  nextToAsk,
  planRumor,
  stillToTell,
  wantedOf,
} from '../sync/rumor-policy.js';
import type { Directories } from './directories.js';
import type { SimulatedNetwork } from './network.js';
import type { Overlay } from './overlay.js';
import { newServerState, type ServerState, type Telling } from './server-state.js';
import type { Signatures } from './signatures.js';
import { SIZES } from './sizes.js';

/** `catch_up`: it was asked for, comparing directories. */
type CameBy = 'announcement' | 'rumor' | 'catch_up';

export interface MillParts {
  readonly network: SimulatedNetwork;
  readonly random: Random;
  readonly directories: Directories;
  readonly overlay: Overlay;
  readonly signatures: Signatures;
  /** What a server's own clock shows ahead of the true time, in milliseconds. */
  readonly skewMs: (server: number) => number;
  readonly isExt: (server: number) => boolean;
  /** Whether a server takes in a record of one that it does not know (wire protocol 2.4). */
  readonly admits: (server: number, introducer: number, cameBy: CameBy) => boolean;
  /** Of a rumour, in [0, 1]. */
  readonly jitterDraw: () => number;
  /** Any authenticated exchange; `answer`: the other has answered a call of this one. */
  readonly onHeard: (server: number, other: number, as: 'caller' | 'answer') => void;
  readonly onLearnt: (server: number, subject: number, from: number) => void;
}

interface Piece {
  readonly subject: number;
  readonly record: RecordState;
}

/** Every server's rumours (wire protocol 2.5): the decisions of `rumor-policy`, the sending between them. */
export class RumorMill {
  /** Records sent whole, whether they arrived or not. */
  payloads = 0;
  refused = 0;
  readonly #states: (ServerState | undefined)[] = [];

  constructor(private readonly parts: MillParts) {}

  stateOf(server: number): ServerState {
    return (this.#states[server] ??= newServerState());
  }

  /** A server that starts anew remembers nothing but what its database holds. */
  restart(server: number): void {
    this.#states[server] = undefined;
  }

  /** Takes a record in, as the daemon does, and passes it on where it is news. */
  receive(server: number, { subject, record }: Piece, from: number, cameBy: CameBy): void {
    const { directories, signatures, network, skewMs, admits, onLearnt } = this.parts;
    const state = this.stateOf(server);
    noteKnown(state, subject, from);
    const nowMs = network.clock.now() + skewMs(server);
    const announcedAtMs = record.announcement?.at ?? 0;
    const isTimely = announcedAtMs <= nowMs + CLOCK_SKEW_MS && isTold(record, nowMs - CLOCK_SKEW_MS);
    const isUnknown = directories.held(server, subject) === undefined;
    if (!isTimely || !signatures.holds(record) || (isUnknown && !admits(server, from, cameBy))) {
      this.refused += 1;
      return;
    }
    const brought = directories.merge(server, subject, record);
    if (brought === null) return;
    state.arrivals.push(subject);
    onLearnt(server, subject, from);
    const held = directories.held(server, subject)!;
    const caughtUpFrom = cameBy === 'catch_up' ? announcedAtMs : null;
    if (isRumor({ isNews: isNews(brought), caughtUpFrom, nowMs })) this.#tell(server, subject, held, from);
  }

  /** What one server sends another in one request: records, and hashes that the other may ask for. */
  offer(from: number, to: number, pieces: readonly Piece[]): void {
    this.#send(from, to, [], pieces);
  }

  #send(from: number, to: number, pushed: readonly Piece[], offered: readonly Piece[]): void {
    this.payloads += pushed.length;
    this.parts.network.call({
      from,
      to,
      bytes: SIZES.empty + pushed.length * SIZES.record + offered.length * SIZES.entry,
      handle: () => {
        this.parts.onHeard(to, from, 'caller');
        for (const piece of pushed) this.receive(to, piece, from, 'rumor');
        const wanted = this.#want(to, from, offered);
        return { bytes: SIZES.empty + wanted.length * 40, value: wanted };
      },
      done: (wanted) => {
        if (wanted === null) return;
        this.parts.onHeard(from, to, 'answer');
        if (wanted.length > 0) this.#send(from, to, wanted, []);
      },
    });
  }

  #tell(server: number, subject: number, record: RecordState, from: number): void {
    const { overlay, random, isExt, jitterDraw } = this.parts;
    const neighbors = overlay.neighborIds(server).filter(isExt);
    const knowing = new Set([from, subject]);
    const plan = planRumor({ neighbors: random.shuffle(neighbors), knowing, jitterDraw: jitterDraw() });
    const state = this.stateOf(server);
    state.fresh.push({ subject, record, knowing, push: plan.push, offer: plan.offer });
    this.#setFlush(server, plan.pushAfterMs);
  }

  /** What is learnt until the next flush goes along with it, so that requests are shared. */
  #setFlush(server: number, afterMs: number): void {
    const state = this.stateOf(server);
    if (state.isFlushSet) return;
    state.isFlushSet = true;
    this.parts.network.clock.after(afterMs, () => {
      state.isFlushSet = false;
      if (this.parts.network.isDead[server] === 0) this.#flush(server, state);
    });
  }

  #flush(server: number, state: ServerState): void {
    const byTarget = new Map<number, { readonly pushed: Piece[]; readonly offered: Piece[] }>();
    const add = (target: number, telling: Telling, kind: 'pushed' | 'offered'): void => {
      const bundle = byTarget.get(target) ?? { pushed: [], offered: [] };
      bundle[kind].push(telling);
      byTarget.set(target, bundle);
    };
    for (const telling of state.fresh) {
      for (const target of stillToTell(telling.push, telling.knowing)) add(target, telling, 'pushed');
    }
    for (const telling of state.told) {
      for (const target of stillToTell(telling.offer, telling.knowing)) add(target, telling, 'offered');
    }
    state.told = state.fresh;
    state.fresh = [];
    if (state.told.length > 0) this.#setFlush(server, HOP_MS);
    for (const [target, { pushed, offered }] of byTarget) this.#send(server, target, pushed, offered);
  }

  #want(server: number, from: number, offered: readonly Piece[]): readonly Piece[] {
    if (offered.length === 0) return [];
    const { directories, network } = this.parts;
    const state = this.stateOf(server);
    const { asked } = state;
    const nowMs = network.clock.now();
    const held = new Map<string, string>();
    const askedAt = new Map<string, number>();
    const offers = offered.map((piece) => {
      const { subject, record } = piece;
      noteKnown(state, subject, from);
      const hash = directories.hash(server, subject);
      if (hash !== undefined) held.set(record.serverUuid, hash);
      const offeredHash = directories.hashOf(subject, record);
      const note = asked.get(offeredHash);
      if (note !== undefined) askedAt.set(offeredHash, note.askedAtMs);
      return { serverUuid: record.serverUuid, hash: offeredHash, piece };
    });
    const wanted = new Set(wantedOf({ offered: offers, held, asked: askedAt, nowMs }));
    for (const { serverUuid, hash, piece } of offers) {
      if (wanted.has(serverUuid)) this.#note(server, hash, piece.subject, nowMs);
      else if (held.get(serverUuid) !== hash) asked.get(hash)?.others.push(from);
    }
    return offered.filter(({ record }) => wanted.has(record.serverUuid));
  }

  /** Remembers what was asked for, and asks somebody else where it does not come. */
  #note(server: number, hash: string, subject: number, askedAtMs: number): void {
    const { network, directories, onHeard } = this.parts;
    const { asked } = this.stateOf(server);
    const note = asked.get(hash) ?? { askedAtMs, others: [] };
    note.askedAtMs = askedAtMs;
    asked.set(hash, note);
    network.clock.after(ASKED_MS, () => {
      const other = nextToAsk(note, directories.hash(server, subject) === hash, network.clock.now());
      if (other === null || network.isDead[server] === 1) return void asked.delete(hash);
      note.others.shift();
      this.#note(server, hash, subject, network.clock.now());
      network.call({
        from: server,
        to: other,
        bytes: SIZES.empty,
        handle: () => {
          this.payloads += 1;
          return { bytes: SIZES.record, value: directories.held(other, subject)! };
        },
        done: (record) => {
          if (record === null) return;
          onHeard(server, other, 'answer');
          this.receive(server, { subject, record }, other, 'rumor');
        },
      });
    });
  }
}

/** Whether a server whose clock shows this time passes a record on (wire protocol 2.2). */
export function isTold(record: RecordState, nowMs: number): boolean {
  const until = relayedUntil(record);
  return until !== null && until > nowMs;
}

/** A server has shown that it has this record: it need not be told. */
function noteKnown({ fresh, told }: ServerState, subject: number, by: number): void {
  for (const tellings of [fresh, told]) {
    for (const telling of tellings) if (telling.subject === subject) telling.knowing.add(by);
  }
}
