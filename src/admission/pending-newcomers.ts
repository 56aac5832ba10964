import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import type { Endpoints } from '../protocol/endpoints.js';
import { FederationError } from '../protocol/errors.js';
import { FAILURE_MEMORY_MS } from './checked-places.js';

/** Some 2 MiB. Beyond it newcomers are told to try again. */
const MAX_PENDING = 1_000;
/** So that one network cannot keep the others from being asked about. */
export const MAX_PENDING_PER_NETWORK = 20;
/** As old as the announcement may be that asks for it, for one that is checked. */
const CHECK_EXPIRY_MS = 3_600_000;
/** For one that waits for the operator: a week with its weekend. */
const QUESTION_EXPIRY_MS = 7 * 86_400_000;
/** When one that waits for the operator may ask again. */
const QUESTION_RETRY_SECONDS = 3_600;
/** When one that is checked may ask again, if nobody stands before it. */
const CHECK_RETRY_SECONDS = 3;

/** A server as it announced itself. */
export interface Newcomer {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly fingerprint: string;
  readonly endpoints: Endpoints;
}

/** Anyone can claim another's server_uuid, but under a key of his own. */
export type NewcomerIdentity = Pick<Newcomer, 'serverUuid' | 'fingerprint'>;

/** `checking`: in its turn. `failed`: it did not hold, and is not tried again for 10 minutes. `asking`: the operator decides. */
export type PendingState = 'checking' | 'failed' | 'asking';

export interface Pending extends Newcomer {
  readonly network: string;
  /** When it began to wait; epoch milliseconds. */
  readonly since: number;
  /** When its state last changed, whoever sets the clock: by `Clock.elapsed`. */
  readonly changedAt: number;
  readonly state: PendingState;
  /** Why the check failed. */
  readonly problem: string | null;
}

/** Newcomers about whom nothing is decided yet, in memory: they take no row and no name, and come again after a restart. */
@Injectable()
export class PendingNewcomers {
  /** By identity, the oldest first. */
  private readonly entries = new Map<string, Pending>();

  constructor(private readonly clock: Clock) {}

  /**
   * False where it waits so already.
   *
   * @throws `not_admitted` where its check failed of late; `newcomer_limit` where there is no room for it
   */
  isNews(newcomer: Newcomer, network: string, state: 'checking' | 'asking'): boolean {
    this.forgetExpired();
    const known = this.entries.get(keyOf(newcomer));
    if (known === undefined) this.requireRoom(network);
    if (known?.state === 'failed') this.requireRetryDue(known);
    return known?.state !== state;
  }

  /** Only what is news. */
  add(newcomer: Newcomer, network: string, state: 'checking' | 'asking'): void {
    const known = this.entries.get(keyOf(newcomer));
    const { serverUuid, serverId, fingerprint, endpoints } = newcomer;
    const since = known?.since ?? this.clock.now();
    const changedAt = this.clock.elapsed();
    const entry = { serverUuid, serverId, fingerprint, endpoints, network, since, changedAt, state };
    this.entries.set(keyOf(newcomer), { ...entry, problem: null });
  }

  find(identity: NewcomerIdentity): Pending | null {
    this.forgetExpired();
    return this.entries.get(keyOf(identity)) ?? null;
  }

  /** Those that claim a server_uuid: more than one, where somebody uses another's. */
  claiming(serverUuid: string): Pending[] {
    return this.list().filter((pending) => pending.serverUuid === serverUuid);
  }

  list(): Pending[] {
    this.forgetExpired();
    return [...this.entries.values()];
  }

  check(identity: NewcomerIdentity): void {
    this.change(identity, 'checking', null);
  }

  fail(identity: NewcomerIdentity, problem: string): void {
    this.change(identity, 'failed', problem);
  }

  remove(identity: NewcomerIdentity): void {
    this.entries.delete(keyOf(identity));
  }

  /** When one that waits should ask again. */
  retryAfterSeconds(identity: NewcomerIdentity): number {
    if (this.find(identity)?.state === 'asking') return QUESTION_RETRY_SECONDS;
    const before = this.list().filter(({ state }) => state === 'checking').length;
    return CHECK_RETRY_SECONDS + Math.max(0, before - 1);
  }

  private change(identity: NewcomerIdentity, state: PendingState, problem: string | null): void {
    const known = this.entries.get(keyOf(identity));
    if (known === undefined) return;
    this.entries.set(keyOf(identity), { ...known, state, problem, changedAt: this.clock.elapsed() });
  }

  private requireRetryDue({ changedAt, problem }: Pending): void {
    const waitMs = changedAt + FAILURE_MEMORY_MS - this.clock.elapsed();
    if (waitMs <= 0) return;
    throw new FederationError(
      'not_admitted',
      `the check of this server failed, and is made again in ${Math.ceil(waitMs / 1000)} seconds at the earliest: ${problem ?? 'no reason is known'}`,
    );
  }

  private requireRoom(network: string): void {
    let ofNetwork = 0;
    for (const pending of this.entries.values()) if (pending.network === network) ofNetwork += 1;
    if (this.entries.size < MAX_PENDING && ofNetwork < MAX_PENDING_PER_NETWORK) return;
    throw new FederationError('newcomer_limit', 'too many newcomers wait here; try again later', {
      retryAfterSeconds: QUESTION_RETRY_SECONDS,
    });
  }

  private forgetExpired(): void {
    const now = this.clock.elapsed();
    for (const [key, { state, changedAt }] of this.entries) {
      const expiryMs = state === 'asking' ? QUESTION_EXPIRY_MS : CHECK_EXPIRY_MS;
      if (now - changedAt > expiryMs) this.entries.delete(key);
    }
  }
}

export function keyOf({ serverUuid, fingerprint }: NewcomerIdentity): string {
  return `${serverUuid} ${fingerprint}`;
}
