import { Injectable } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { requireRoom } from '../http/rate-limits.js';
import { isCallable, type Peer } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { Clock } from '../platform/clock.js';
import { RateLimiter } from '../platform/rate-limiter.js';
import { shortMemory } from '../platform/short-memory.js';
import { MINUTE_MS } from '../protocol/durations.js';
import { FederationError } from '../protocol/errors.js';
import type { MessageOf } from '../protocol/message.js';
import type { probeAnswer } from '../protocol/messages/ext/probe.js';
import { PROBE_TIMEOUT_MS } from './liveness.js';
import { LivenessService } from './liveness.service.js';
import { ViewClient } from './view-client.js';

type ProbeAnswer = MessageOf<typeof probeAnswer>;

/** Wire protocol 2.3. */
export const PROBES_PER_CALLER = 10;
const MAX_PROBE_CALLERS = 10_000;
/** Of all callers. Each costs one call; a server is the neighbour of eight. */
const PROBES_PER_MINUTE = 120;
/** One call to a server in this time, whoever asks: the others get to hear what came of that one. */
const PROBE_MEMORY_MS = 30_000;
/** As many as can be asked for within it. */
const MAX_PROBED = 120;

/** Looks for others whether a third server answers (wire protocol 2.3, `ext/probe`), without being anybody's weapon. */
@Injectable()
export class ProbeAnswers {
  private readonly perCaller: RateLimiter;
  private readonly inAll: RateLimiter;
  /** By the place that is called. */
  private readonly probed: LRUCache<string, Promise<ProbeAnswer>>;

  constructor(
    private readonly peers: PeersService,
    private readonly views: ViewClient,
    private readonly liveness: LivenessService,
    clock: Clock,
  ) {
    const rate = { windowMs: MINUTE_MS };
    this.perCaller = new RateLimiter(clock, {
      ...rate,
      limit: PROBES_PER_CALLER,
      maxKeys: MAX_PROBE_CALLERS,
    });
    this.inAll = new RateLimiter(clock, { ...rate, limit: PROBES_PER_MINUTE, maxKeys: 1 });
    this.probed = shortMemory(clock, MAX_PROBED, PROBE_MEMORY_MS);
  }

  /**
   * @throws `rate_limited`; `unknown_peer` for a server that has not answered us from where it says it is; `not_ready` where
   * it is silent and this server unwell, which may be why
   */
  async answer(caller: Peer, serverUuid: string): Promise<ProbeAnswer> {
    requireRoom(this.perCaller.charge(caller.serverUuid), 'Too many probes for this server');
    const target = await this.peers.findByUuid(serverUuid);
    if (target === null || !isCallable(target))
      throw new FederationError('unknown_peer', 'no such server has proved here where it is');
    const answer = await this.look(target);
    if (!answer.reachable && !this.liveness.mayAccuse)
      throw new FederationError('not_ready', 'this server is unwell itself, and had better not judge', {
        retryAfterSeconds: PROBE_MEMORY_MS / 1_000,
      });
    return answer;
  }

  private look(target: Peer): Promise<ProbeAnswer> {
    const place = target.endpoints.discovery;
    const known = this.probed.get(place);
    if (known !== undefined) return known;
    requireRoom(this.inAll.charge('all'), 'Too many probes at this time');
    const answer = this.ask(target);
    this.probed.set(place, answer);
    // What could not be asked is known no better for it.
    answer.catch(() => this.probed.delete(place));
    return answer;
  }

  private async ask(target: Peer): Promise<ProbeAnswer> {
    const { reached, rttMs } = await this.views.ask(target, { timeoutMs: PROBE_TIMEOUT_MS });
    return { reachable: reached, rttMs: reached ? rttMs : null };
  }
}
