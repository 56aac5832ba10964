import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import { getFrom } from '../platform/get-from.js';
import { shortMemory } from '../platform/short-memory.js';
import { PeerHttp } from '../platform/peer-http.js';
import { endpointPath } from '../protocol/endpoints.js';
import { parseJson } from '../protocol/json.js';
import { recordMessage } from '../protocol/records/record-message.js';
import { isCallable, type Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { RelayedIntake } from '../peers/relayed-intake.js';
import type { RelayedOutcome } from '../peers/relayed-outcome.js';
import { refillTokens } from './token-bucket.js';

/** Whoever sends false announcements in others' names cannot make us call them more often than this. */
const ASKED_MEMORY_MS = 600_000;
const MAX_ASKED = 10_000;
const QUESTIONS_PER_SECOND = 1;
const QUESTION_BURST = 8;
const FETCH_TIMEOUT_MS = 5_000;

/**
 * Asks a server itself for its keys, where others, or it, speak of keys that we do not know (wire protocol 2.3, keychain): it
 * rotated while we were away, we met it in the middle of its life, or a stolen key was used.
 */
@Injectable()
export class KeychainFetcher implements OnModuleInit, BeforeApplicationShutdown {
  private readonly asked: LRUCache<string, true>;
  private bucket: { tokens: number; atMs: number };
  private readonly stop = new AbortController();
  private readonly log: Logger;
  private subscriptions: readonly (() => void)[] = [];

  constructor(
    private readonly peers: PeersService,
    private readonly intake: RelayedIntake,
    private readonly http: PeerHttp,
    private readonly clock: Clock,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.asked = shortMemory(clock, MAX_ASKED, ASKED_MEMORY_MS);
    this.bucket = { tokens: QUESTION_BURST, atMs: clock.now() };
    this.log = logger.child({ component: 'admission' });
  }

  onModuleInit(): void {
    this.subscriptions = [
      this.events.on('peer.rekeyed', ({ serverUuid }) => this.ask(serverUuid)),
      this.events.on('peer.claimed', async ({ serverUuid, claim }) => {
        if (claim !== 'server_id') await this.ask(serverUuid);
      }),
    ];
  }

  beforeApplicationShutdown(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.stop.abort(new Error('the daemon is stopping'));
  }

  private async ask(serverUuid: string): Promise<void> {
    if (this.asked.has(serverUuid) || this.stop.signal.aborted) return;
    const peer = await this.peers.findByUuid(serverUuid);
    // Only where it has proved itself is it the origin.
    if (peer === null || !isCallable(peer)) return;
    if (this.asked.has(serverUuid) || !this.mayAsk()) return;
    this.asked.set(serverUuid, true);
    try {
      const outcome = await this.fetch(peer);
      this.log.info('Asked a server for its keys', { serverId: peer.serverId, outcome: outcome.type });
      this.events.emit('keychain.fetched', {
        serverUuid,
        serverId: peer.serverId,
        taken: outcome.type === 'taken',
      });
    } catch (error) {
      this.log.debug('A server did not tell its keys', { serverId: peer.serverId, error });
    }
  }

  private async fetch(peer: Peer): Promise<RelayedOutcome> {
    const { serverUuid, endpoints } = peer;
    const url = endpointPath(endpoints.discovery, `/api/v1/ext/keychain/${serverUuid}`);
    const { text } = await getFrom(this.http, { url, timeoutMs: FETCH_TIMEOUT_MS, signal: this.stop.signal });
    const record = recordMessage.decode(parseJson(text));
    if (record.serverUuid !== serverUuid) throw new Error(`${url} answers the record of another server`);
    return this.intake.take(record, { introducer: peer, askedFor: true, isOrigin: true });
  }

  private mayAsk(): boolean {
    const rate = { perSecond: QUESTIONS_PER_SECOND, capacity: QUESTION_BURST };
    this.bucket = refillTokens(this.bucket, this.clock.now(), rate);
    if (this.bucket.tokens < 1) return false;
    this.bucket = { ...this.bucket, tokens: this.bucket.tokens - 1 };
    return true;
  }
}
