import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Logger } from '../observability/logger.js';
import { isCallable, type Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { RecordsService } from '../peers/records.service.js';
import { Clock, type Timer } from '../platform/clock.js';
import { Mutex } from '../platform/mutex.js';
import { MAX_NEIGHBORS, MAX_RECORDS_PER_LIST } from '../protocol/limits.js';
import type { DigestEntry } from '../protocol/records/digest.js';
import { DirectoryClient } from './directory-client.js';
import { ASKED_MS, nextToAsk, wantedOf, type Asked } from './rumor-policy.js';

/** Hashes that were asked for and have not come yet. */
const MAX_ASKED = 10_000;
/** Rumours whose offers are looked at once more; what one more offers, comparing directories will bring. */
const MAX_LOOKS = 64;
/** For all that one of those who offered is asked for: whoever does not answer holds up the looks after this one. */
const LOOK_TIMEOUT_MS = 5_000;

interface Note extends Asked<string> {
  readonly offer: DigestEntry;
  readonly others: string[];
}

/** What was offered and asked for (wire protocol 2.5): where it does not come, another of those that have it is asked. */
@Injectable()
export class OfferedRecords implements BeforeApplicationShutdown {
  /** By hash. */
  private readonly asked = new LRUCache<string, Note>({ max: MAX_ASKED });
  private readonly timers = new Set<Timer>();
  private readonly looks = new Mutex();
  private waiting = 0;
  private isStopping = false;
  private readonly log: Logger;

  constructor(
    private readonly records: RecordsService,
    private readonly peers: PeersService,
    private readonly directories: DirectoryClient,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'rumors' });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    for (const timer of this.timers) timer.cancel();
    this.asked.clear();
    await this.looks.idle();
  }

  /** Answers the server_uuids of what `from` is asked for, of all that it offers. */
  async want(offered: readonly DigestEntry[], from: Peer): Promise<string[]> {
    const missing = new Set(await this.records.wanted(offered));
    const held = new Map(
      offered.flatMap(({ serverUuid, hash }) => (missing.has(serverUuid) ? [] : [[serverUuid, hash]])),
    );
    const asked = new Map(
      offered.flatMap(({ hash }) => {
        const askedAtMs = this.asked.peek(hash)?.askedAtMs;
        return askedAtMs === undefined ? [] : [[hash, askedAtMs]];
      }),
    );
    const wanted = wantedOf({ offered, held, asked, nowMs: this.clock.now() });
    const isWanted = new Set(wanted);
    for (const { serverUuid, hash } of offered)
      if (missing.has(serverUuid) && !isWanted.has(serverUuid)) this.noteOther(hash, from);
    this.note(
      offered.filter(({ serverUuid }) => isWanted.has(serverUuid)).map((offer) => ({ offer, others: [] })),
    );
    return wanted;
  }

  private note(asking: readonly Omit<Note, 'askedAtMs'>[]): void {
    const askedAtMs = this.clock.now();
    for (const one of asking) this.asked.set(one.offer.hash, { ...one, askedAtMs });
    if (asking.length === 0 || this.waiting >= MAX_LOOKS || this.isStopping) return;
    const hashes = asking.map(({ offer }) => offer.hash);
    this.waiting += 1;
    const timer = this.clock.after(ASKED_MS, () => {
      this.timers.delete(timer);
      void this.looks.run(() => this.look(hashes)).finally(() => (this.waiting -= 1));
    });
    this.timers.add(timer);
  }

  /** Of who is known from others alone, or was shut out, nothing is kept: it must not make us call where it says it is. */
  private noteOther(hash: string, from: Peer): void {
    const { serverUuid } = from;
    const others = this.asked.get(hash)?.others;
    if (others === undefined || others.length >= MAX_NEIGHBORS || others.includes(serverUuid)) return;
    if (isCallable(from)) others.push(serverUuid);
  }

  /** For all that the same server is asked for next, one request; one that does not answer harms no other. */
  private async look(hashes: readonly string[]): Promise<void> {
    const notes = hashes.flatMap((hash) => this.asked.get(hash) ?? []);
    for (const hash of hashes) this.asked.delete(hash);
    const offered = notes.filter(({ others }) => others.length > 0);
    if (offered.length === 0) return;
    const fail = (error: unknown): void =>
      this.log.debug('Records that were offered could not be had', { error });
    try {
      const missing = new Set(await this.records.wanted(offered.map(({ offer }) => offer)));
      const byServer = new Map<string, Note[]>();
      for (const note of offered) {
        // The timer says that its time is over; the time of day may be a millisecond behind.
        const other = nextToAsk(note, !missing.has(note.offer.serverUuid), note.askedAtMs + ASKED_MS);
        if (other !== null) byServer.set(other, [...(byServer.get(other) ?? []), note]);
      }
      // Those who pass rumours on to us are our neighbours; more than there can be of these are none.
      const asked = [...byServer].slice(0, MAX_NEIGHBORS);
      await Promise.all(asked.map(([serverUuid, some]) => this.fetch(serverUuid, some).catch(fail)));
    } catch (error) {
      fail(error);
    }
  }

  private async fetch(serverUuid: string, notes: readonly Note[]): Promise<void> {
    const peer = await this.peers.findByUuid(serverUuid);
    // It may have moved, or have been blocked, since it offered.
    if (peer === null || !isCallable(peer)) return;
    const asked = notes.slice(0, MAX_RECORDS_PER_LIST);
    this.note(asked.map(({ offer, others }) => ({ offer, others: others.slice(1) })));
    const uuids = asked.map(({ offer }) => offer.serverUuid);
    const records = await this.directories.records(peer, uuids, { timeoutMs: LOOK_TIMEOUT_MS });
    // It comes because others told of it, and is counted as what they tell unasked.
    await this.records.takeAllRelayed(records, peer, false);
  }
}
