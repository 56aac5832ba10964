import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { Clock } from '../platform/clock.js';
import { Mutex } from '../platform/mutex.js';
import { Random } from '../platform/random.js';
import { fingerprintOf } from '../platform/keys.js';
import { parseJson } from '../protocol/json.js';
import { RECORD_RELAY_AGE_MS } from '../protocol/limits.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { materialHash, recordHash } from '../protocol/records/record-hash.js';
import { recordMessage } from '../protocol/records/record-message.js';
import { relayedUntil } from '../protocol/records/relay-age.js';
import type { RecordState } from '../protocol/records/record.js';
import { parseTimestamp } from '../protocol/timestamps.js';
import { OwnRecordRepository, type OwnStatements } from './own-record.repository.js';
import { readRecord } from './read-record.js';
import { recordText } from './record-text.js';
import { isRefreshDue, untilRefreshMs } from './refresh-policy.js';

/** What others are told of us. */
export interface OwnRecord {
  readonly state: RecordState;
  readonly hash: string;
  readonly text: string;
  readonly arrival: number;
  /** Epoch milliseconds; null where there is nothing to tell. */
  readonly relayedUntil: number | null;
}

/** Signed anew in any case before others cease to pass it on. */
const MAX_AGE_MS = RECORD_RELAY_AGE_MS / 2;

type IsOld = (signedAtMs: number, nowMs: number) => boolean;

/**
 * Our own record: our rotations, and an announcement that stays the same until what it says changes, or it is signed anew
 * for the network (wire protocol 2.5), so that all can agree on it.
 */
@Injectable()
export class OwnRecordService implements OnModuleInit, BeforeApplicationShutdown {
  private held: OwnRecord | null = null;
  private readonly changes = new Mutex();
  private knownEpoch: Promise<string> | null = null;
  private unsubscribe: () => void = () => undefined;
  private readonly log: Logger;

  constructor(
    private readonly repository: OwnRecordRepository,
    private readonly identity: IdentityService,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'peers' });
  }

  /** What changes about us is told at once. */
  onModuleInit(): void {
    this.unsubscribe = this.events.on('identity.changed', async () => {
      this.held = null;
      await this.get().catch((error: unknown) =>
        this.log.warn('Our own record could not be made', { error }),
      );
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe();
    await this.changes.idle();
  }

  /** Our name as it is now. */
  get serverId(): string {
    return this.identity.self.serverId;
  }

  /** Random for each database (wire protocol 2.3). */
  epoch(): Promise<string> {
    this.knownEpoch ??= this.repository.epoch(this.random.uuid()).catch((error: unknown) => {
      this.knownEpoch = null;
      throw error;
    });
    return this.knownEpoch;
  }

  async get(): Promise<OwnRecord> {
    const { held } = this;
    if (held?.relayedUntil != null && held.relayedUntil - this.clock.now() > MAX_AGE_MS) return held;
    return this.changes.run(() => this.make(isTooOld));
  }

  /** Signs it anew for the network where it is time for that, or what it says has changed (wire protocol 2.5). */
  refresh(intervalMs: number): Promise<OwnRecord> {
    return this.changes.run(() =>
      this.make((signedAtMs, nowMs) => isRefreshDue(signedAtMs, intervalMs, nowMs)),
    );
  }

  /** From now to the next `refresh`. */
  untilRefreshMs(intervalMs: number): number {
    if (this.identity.self.revokedAt !== null) return intervalMs;
    return untilRefreshMs(this.held?.state.announcement?.at ?? null, intervalMs, this.clock.now());
  }

  private async make(isOld: IsOld): Promise<OwnRecord> {
    await this.epoch();
    const stored = await this.repository.read();
    const announcement = await this.announcementFor(stored, isOld);
    const text = recordText({
      ...stored,
      serverUuid: this.identity.self.serverUuid,
      announcement,
      voidRevocation: null,
    });
    const { state } = readRecord(recordMessage.decode(parseJson(text)));
    const hash = recordHash(state);
    const isNew = hash !== stored.hash || stored.arrival === null;
    const arrival = isNew ? await this.repository.store(announcement, hash) : stored.arrival;
    this.held = { state, hash, text, arrival, relayedUntil: relayedUntil(state) };
    if (isNew) {
      const { serverUuid } = state;
      this.events.emit('record.changed', { serverUuid, hash, isNews: true, caughtUpFrom: null, from: null });
    }
    return this.held;
  }

  /** The stored one for as long as it says what we say, under the key that we have, and is not too old. */
  private async announcementFor(stored: OwnStatements, isOld: IsOld): Promise<string | null> {
    const kept =
      stored.announcement === null ? null : announcementMessage.decode(parseJson(stored.announcement));
    if (this.identity.self.revokedAt !== null) {
      const isOfLastKey = kept !== null && fingerprintOf(kept.publicKey) === this.identity.self.fingerprint;
      return isOfLastKey ? stored.announcement : null;
    }
    const { announcement, text } = await this.identity.announcement();
    const isKept =
      kept !== null &&
      materialHash(kept) === materialHash(announcement) &&
      !isOld(parseTimestamp(kept.timestamp)!, this.clock.now());
    return isKept ? stored.announcement : text;
  }
}

function isTooOld(signedAtMs: number, nowMs: number): boolean {
  return nowMs - signedAtMs > MAX_AGE_MS;
}
