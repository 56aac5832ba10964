import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Logger } from '../observability/logger.js';
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
  async want(offered: readonly DigestEntry[], from: string): Promise<string[]> {
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

  private noteOther(hash: string, from: string): void {
    const others = this.asked.get(hash)?.others;
    if (others !== undefined && others.length < MAX_NEIGHBORS && !others.includes(from)) others.push(from);
  }

  /** For all that the same server is asked for next, one request. */
  private async look(hashes: readonly string[]): Promise<void> {
    const notes = hashes.flatMap((hash) => this.asked.get(hash) ?? []);
    for (const hash of hashes) this.asked.delete(hash);
    const offered = notes.filter(({ others }) => others.length > 0);
    if (offered.length === 0) return;
    try {
      const missing = new Set(await this.records.wanted(offered.map(({ offer }) => offer)));
      const byServer = new Map<string, Note[]>();
      for (const note of offered) {
        // The timer says that its time is over; the time of day may be a millisecond behind.
        const other = nextToAsk(note, !missing.has(note.offer.serverUuid), note.askedAtMs + ASKED_MS);
        if (other !== null) byServer.set(other, [...(byServer.get(other) ?? []), note]);
      }
      for (const [serverUuid, some] of byServer) await this.fetch(serverUuid, some);
    } catch (error) {
      this.log.debug('Records that were offered could not be had', { error });
    }
  }

  private async fetch(serverUuid: string, notes: readonly Note[]): Promise<void> {
    const peer = await this.peers.findByUuid(serverUuid);
    if (peer === null) return;
    const asked = notes.slice(0, MAX_RECORDS_PER_LIST);
    this.note(asked.map(({ offer, others }) => ({ offer, others: others.slice(1) })));
    const uuids = asked.map(({ offer }) => offer.serverUuid);
    const records = await this.directories.records(peer, uuids);
    await this.records.takeAllRelayed(records, peer, true);
  }
}
