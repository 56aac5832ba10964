import type { RecordState } from '../protocol/records/record.js';

/** A rumour on its way from one server to its neighbours. */
export interface Telling {
  readonly subject: number;
  readonly record: RecordState;
  readonly knowing: Set<number>;
  readonly push: readonly number[];
  readonly offer: readonly number[];
}

/** What a server keeps in memory for spreading; made when it first has something to say or to ask. */
export interface ServerState {
  /** To be pushed at the next flush, and to be offered at it. */
  fresh: Telling[];
  told: Telling[];
  isFlushSet: boolean;
  /** By record hash, when it was asked for and who else offered it. */
  readonly asked: Map<string, { askedAtMs: number; readonly others: number[] }>;
  /** Subjects in order of arrival since the beginning: what a cursor counts. */
  readonly arrivals: number[];
  /** By partner: how far its arrivals were read; when it was last tried. */
  readonly cursors: Map<number, number>;
  readonly triedAtMs: Map<number, number>;
  /** By partner: how many of our own arrivals there were at the last comparison with it. */
  readonly offered: Map<number, number>;
}

export function newServerState(): ServerState {
  return {
    fresh: [],
    told: [],
    isFlushSet: false,
    asked: new Map(),
    arrivals: [],
    cursors: new Map(),
    triedAtMs: new Map(),
    offered: new Map(),
  };
}
