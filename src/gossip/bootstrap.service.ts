import { Inject, Injectable } from '@nestjs/common';
import { ANNOUNCEMENT_PATH, ContactService } from '../admission/contact.service.js';
import { pinFor } from '../config/addresses.js';
import { CONFIG, type Config } from '../config/config.js';
import { IdentityService } from '../identity/identity.service.js';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import { fingerprintOf } from '../platform/keys.js';
import { endpointPath } from '../protocol/endpoints.js';
import { FederationError } from '../protocol/errors.js';
import { speaksExtension } from '../protocol/extensions.js';
import type { Announcement } from '../protocol/messages/announcement.js';
import { GossipSender, type JoinOutcome } from './gossip-sender.js';
import { isTurn, joinDelayMs } from './retry-policy.js';

/** A bootstrap server that answered is greeted anew once a day: it may have lost its data since. */
const JOINED_FOR_MS = 24 * 3_600_000;

/** `pending`: it is to be asked again in `waitMs`. */
type JoinResult =
  | { readonly type: 'joined' }
  | { readonly type: 'pending'; readonly waitMs: number }
  | { readonly type: 'failed'; readonly problem: string };

interface Progress {
  readonly failedAttempts: number;
  readonly attemptedAt: number;
  readonly waitMs: number;
  readonly joined: boolean;
}

const FRESH: Progress = {
  failedAttempts: 0,
  attemptedAt: Number.NEGATIVE_INFINITY,
  waitMs: 0,
  joined: false,
};

/** Joins through the servers that the operator named: fetches theirs, posts ours (wire protocol 1.3, "Starting"). */
@Injectable()
export class BootstrapService {
  private readonly progress = new Map<string, Progress>();
  private readonly log: Logger;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly identity: IdentityService,
    private readonly contact: ContactService,
    private readonly sender: GossipSender,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'bootstrap' });
  }

  /** How many configured servers have not answered yet, or not taken our announcement. */
  get missing(): number {
    return this.config.bootstrapServers.filter((base) => !this.progressOf(base).joined).length;
  }

  /** For a configuration that has changed: what keeps a server missing may be mended, so each of these is due at once. */
  reconsider(): void {
    for (const [base, { joined }] of this.progress) if (!joined) this.progress.delete(base);
  }

  /** Tries those whose turn it is. */
  async join(): Promise<void> {
    if (this.identity.self.revokedAt !== null) return;
    const now = this.clock.now();
    const due = this.config.bootstrapServers.filter((base) => isTurn(this.progressOf(base), now));
    await Promise.all(due.map((base) => this.attempt(base)));
  }

  private async attempt(base: string): Promise<void> {
    const { failedAttempts, joined } = this.progressOf(base);
    const result = await this.joinThrough(base).catch(failed);
    const attemptedAt = this.clock.now();
    switch (result.type) {
      case 'joined':
        if (!joined) this.log.info('Joined through a bootstrap server', { server: base });
        this.progress.set(base, { failedAttempts: 0, attemptedAt, waitMs: JOINED_FOR_MS, joined: true });
        return;
      case 'pending':
        this.log.info('A bootstrap server checks us before it lets us in', { server: base });
        this.progress.set(base, { failedAttempts: 0, attemptedAt, waitMs: result.waitMs, joined: false });
        return;
      case 'failed': {
        const waitMs = joinDelayMs(failedAttempts + 1, this.config.gossipIntervalMs);
        this.progress.set(base, { failedAttempts: failedAttempts + 1, attemptedAt, waitMs, joined: false });
        const { problem } = result;
        const retryInSeconds = Math.round(waitMs / 1000);
        this.log.warn('A bootstrap server is missing', { server: base, problem, retryInSeconds });
      }
    }
  }

  private async joinThrough(base: string): Promise<JoinResult> {
    const fetched = await this.contact.fetch(endpointPath(base, ANNOUNCEMENT_PATH));
    const { announcement } = fetched;
    if (announcement.serverUuid === this.identity.self.serverUuid) return { type: 'joined' };
    this.requirePin(base, announcement);
    await this.contact.introduce(fetched, { type: 'bootstrap' });
    const outcome = await this.present(announcement);
    switch (outcome.type) {
      case 'accepted':
        return { type: 'joined' };
      case 'pending':
        return { type: 'pending', waitMs: outcome.retryAfterSeconds * 1000 };
      case 'refused':
        return failed(new Error(`it refuses our announcement (${outcome.code ?? outcome.status})`));
      case 'unreachable':
        return failed(new Error(`it does not answer where it says: ${outcome.reason}`));
    }
  }

  /** By `ext/join` to whom knows it, else by gossip. */
  private async present(to: Announcement): Promise<JoinOutcome> {
    const { text } = await this.identity.announcement();
    const { discovery } = to.endpoints;
    if (this.config.extensions === 'on' && speaksExtension(to)) return this.sender.join(discovery, text);
    return this.sender.send(discovery, 'announcement', text);
  }

  private progressOf(base: string): Progress {
    return this.progress.get(base) ?? FRESH;
  }

  private requirePin(base: string, { publicKey }: Announcement): void {
    const pin = pinFor(base, this.config.bootstrapPins);
    const fingerprint = fingerprintOf(publicKey);
    if (pin === null || pin === fingerprint) return;
    throw new FederationError(
      'key_mismatch',
      `its fingerprint is ${fingerprint}, but LATTICE_BOOTSTRAP_PINS says ${pin}`,
    );
  }
}

function failed(error: Error): JoinResult {
  return { type: 'failed', problem: error.message };
}
