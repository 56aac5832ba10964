import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { PeerCaller } from '../calls/peer-caller.js';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import type { Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { afterLast } from '../peers/record-text.js';
import type { ServedRecord } from '../peers/records.repository.js';
import { RecordsService } from '../peers/records.service.js';
import { MAX_RUMOR_OFFERS, MAX_RUMOR_RECORDS } from '../protocol/limits.js';
import { rumorAnswer } from '../protocol/messages/ext/rumor.js';
import type { DigestEntry } from '../protocol/records/digest.js';

/** What waits for one neighbour; what does not fit, it finds when directories are compared. */
const MAX_WAITING_PUSHES = 1_000;
const MAX_WAITING_OFFERS = 5_000;

const RUMOR_PATH = '/api/v1/ext/rumor';

interface Waiting {
  readonly pushes: Set<string>;
  /** Hash by server_uuid. */
  readonly offers: Map<string, string>;
}

/** Brings rumours to neighbours: one request to each at a time, with all that has gathered meanwhile. */
@Injectable()
export class RumorOutbox implements BeforeApplicationShutdown {
  private readonly waiting = new Map<string, Waiting>();
  private readonly sending = new Map<string, Promise<void>>();
  private readonly stop = new AbortController();
  private readonly log: Logger;

  constructor(
    private readonly caller: PeerCaller,
    private readonly records: RecordsService,
    private readonly peers: PeersService,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'rumors' });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort(new Error('the daemon is stopping'));
    this.waiting.clear();
    await Promise.allSettled(this.sending.values());
  }

  /** The whole record, as it is when its turn comes. */
  push(neighbors: readonly string[], serverUuid: string): void {
    for (const neighbor of neighbors) {
      const { pushes } = this.waitingFor(neighbor);
      if (pushes.size < MAX_WAITING_PUSHES) pushes.add(serverUuid);
      this.send(neighbor);
    }
  }

  /** That there is something new. */
  offer(neighbors: readonly string[], { serverUuid, hash }: DigestEntry): void {
    for (const neighbor of neighbors) {
      const { offers } = this.waitingFor(neighbor);
      if (offers.size < MAX_WAITING_OFFERS) offers.set(serverUuid, hash);
      this.send(neighbor);
    }
  }

  private waitingFor(neighbor: string): Waiting {
    const waiting = this.waiting.get(neighbor) ?? { pushes: new Set(), offers: new Map() };
    this.waiting.set(neighbor, waiting);
    return waiting;
  }

  private send(neighbor: string): void {
    if (this.sending.has(neighbor) || this.stop.signal.aborted) return;
    const sending = this.drain(neighbor)
      .catch((error: unknown) => this.log.debug('A rumour could not be sent', { neighbor, error }))
      .finally(() => this.sending.delete(neighbor));
    this.sending.set(neighbor, sending);
  }

  private async drain(neighbor: string): Promise<void> {
    const peer = await this.peers.findByUuid(neighbor);
    while (peer !== null && this.waiting.has(neighbor) && (await this.sendOnce(peer)));
    this.waiting.delete(neighbor);
  }

  /** False where nothing more is to be sent, or the neighbour does not take it. */
  private async sendOnce(peer: Peer): Promise<boolean> {
    const { pushes, offers } = this.waitingFor(peer.serverUuid);
    if (pushes.size === 0 && offers.size === 0) return false;
    const pushed = take(pushes, MAX_RUMOR_RECORDS);
    const offered = take(offers, MAX_RUMOR_OFFERS).map(([serverUuid, hash]) => ({ serverUuid, hash }));
    const records = await this.records.recordsOf(pushed);
    for (const serverUuid of afterLast(pushed, records)) pushes.add(serverUuid);
    const body = rumorText(records, offered);
    const outcome = await this.caller.post(peer, RUMOR_PATH, body, { signal: this.stop.signal });
    this.events.emit('rumor.sent', {
      records: records.length,
      offers: offered.length,
      outcome: outcome.type,
    });
    if (outcome.type !== 'ok') return false;
    const known = new Set(offered.map(({ serverUuid }) => serverUuid));
    for (const wanted of rumorAnswer.decode(outcome.body).want) if (known.has(wanted)) pushes.add(wanted);
    return true;
  }
}

/** Every statement in it exactly as it was signed. */
function rumorText(records: readonly ServedRecord[], offers: readonly DigestEntry[]): string {
  const told = offers.map(({ serverUuid, hash }) => JSON.stringify({ server_uuid: serverUuid, hash }));
  return `{"records": [${records.map(({ text }) => text).join(', ')}], "offers": [${told.join(', ')}]}`;
}

/** Takes the first out of a set or a map. */
function take<T>(from: Set<T>, count: number): T[];
function take<K, V>(from: Map<K, V>, count: number): [K, V][];
function take(from: Set<unknown> | Map<unknown, unknown>, count: number): unknown[] {
  const taken = [...from].slice(0, count);
  for (const item of taken) from.delete(from instanceof Map ? (item as [unknown])[0] : item);
  return taken;
}
