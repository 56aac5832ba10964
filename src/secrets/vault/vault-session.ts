import type { Logger } from '../../observability/logger.js';
import type { Clock, Timer } from '../../platform/clock.js';
import { Mutex } from '../../platform/mutex.js';
import type { Random } from '../../platform/random.js';
import { formatTimestamp } from '../../protocol/timestamps.js';
import { SECRET_ID_ENDS_SOON_MS } from '../secret-store.js';
import { leaseFrom, needsLogin, nextBeatMs, renewed, retryMs, type Lease } from './lease.js';
import type { SecretIdTerms, VaultApi } from './vault-api.js';
import { VaultUnavailable, type VaultFault, type VaultPlace } from './vault-fault.js';

/** A process that stops does not wait longer for a Vault that is slow. */
const CLOSE_MS = 2_000;

/**
 * Keeps a token of Vault: logs in when one is first needed, renews it before it ends, and logs in anew when it
 * cannot be renewed. While Vault is away it tries again, less and less often, and `problem` says so.
 */
export class VaultSession {
  #token: string | null = null;
  #lease: Lease | null = null;
  #secretId: SecretIdTerms | null = null;
  #hasLoggedIn = false;
  #hasWarned = false;
  #fault: VaultUnavailable | null = null;
  #failures = 0;
  #timer: Timer | null = null;
  #isClosed = false;
  readonly #changes = new Mutex();

  constructor(
    private readonly api: VaultApi,
    private readonly place: VaultPlace,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly logger: Logger,
  ) {}

  get problem(): string | null {
    return this.#fault?.message ?? null;
  }

  /** What Vault said about the token held and about our secret id; null before the first login. */
  get terms(): { readonly lease: Lease; readonly secretId: SecretIdTerms | null } | null {
    return this.#lease === null ? null : { lease: this.#lease, secretId: this.#secretId };
  }

  /** Runs a call with a valid token. A token that Vault no longer takes is replaced, once. */
  async use<T>(call: (token: string) => Promise<T>): Promise<T> {
    const held = this.#token;
    const token = await this.#valid(null);
    try {
      return await call(token);
    } catch (error) {
      if (isAbsence(error)) this.#failed(error);
      // Vault answers alike to a token that ended and to one that may not: only a new one tells them apart.
      if (token !== held || !isRefusal(error)) throw error;
      return await call(await this.#valid(token));
    }
  }

  /** Gives the token back, if Vault answers in time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.race([this.#end(), this.clock.sleep(CLOSE_MS)]);
  }

  async #end(): Promise<void> {
    await this.#changes.idle();
    this.#timer?.cancel();
    const token = this.#token;
    this.#token = null;
    if (token !== null && this.#fault === null) await this.api.revoke(token).catch(() => undefined);
  }

  /** The token held, or a new one where there is none, it has ended, or it is `refused`. */
  #valid(refused: string | null): Promise<string> {
    return this.#changes.run(async () => {
      const isUsable = this.#token !== refused && (this.#lease?.endsAt ?? 0) > this.clock.now();
      return this.#token !== null && isUsable ? this.#token : this.#attempt(() => this.#login());
    });
  }

  /** The token held so far serves on where this fails. */
  async #login(): Promise<string> {
    const { token, terms, roleName } = await this.api.login().catch((error: unknown) => {
      throw this.#withHindsight(error);
    });
    this.#token = token;
    this.#hasLoggedIn = true;
    this.#lease = leaseFrom(terms, this.clock.now());
    this.logger.info('Logged in at Vault', { tokenSeconds: terms.ttlMs / 1000 });
    this.#secretId = roleName === null ? null : await this.api.secretIdTerms(token, roleName);
    this.#hasWarned = false;
    return token;
  }

  async #beat(): Promise<void> {
    const { api, clock } = this;
    if (this.#isClosed) return;
    await this.#attempt(async () => {
      const token = this.#token;
      if (token === null || this.#lease === null) return this.#login();
      try {
        const terms = await (this.#lease.isRenewable ? api.renew(token) : api.lookup(token));
        this.#lease = renewed(this.#lease, terms, clock.now());
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return this.#login();
      }
      return needsLogin(this.#lease, clock.now()) ? this.#login() : token;
    }).catch(() => undefined);
  }

  /** Notes how it ends, and when to look again. */
  async #attempt(act: () => Promise<string>): Promise<string> {
    try {
      const token = await act();
      this.#recovered();
      this.#schedule(nextBeatMs(this.#lease!, this.clock.now(), this.random.uniform()));
      return token;
    } catch (error) {
      if (error instanceof VaultUnavailable) this.#failed(error);
      throw error;
    }
  }

  #recovered(): void {
    if (this.#fault !== null) this.logger.info('Vault can be used again');
    this.#fault = null;
    this.#failures = 0;
    this.#warnOfTheEnd(this.#secretId);
  }

  #failed(error: VaultUnavailable): void {
    this.#failures += 1;
    // Before the first login nobody runs yet; whoever starts says why it waits.
    if (!this.#hasLoggedIn) return;
    if (this.#fault?.fault.kind !== error.fault.kind) {
      this.logger.warn('Vault cannot be used; the daemon runs on with the secrets it has', {
        reason: error.message,
      });
    }
    this.#fault = error;
    this.#schedule(retryMs(this.#failures, error.mayHeal, this.random.uniform()));
  }

  #schedule(ms: number): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    this.#timer = this.clock.after(ms, () => void this.#changes.run(() => this.#beat()));
  }

  /** Vault has one answer for a wrong, an expired and a used-up secret id; what it said about ours before tells more. */
  #withHindsight(error: unknown): unknown {
    if (!(error instanceof VaultUnavailable) || error.fault.kind !== 'login_refused') return error;
    const fault = hindsight(this.#hasLoggedIn, this.#secretId, this.clock.now());
    return new VaultUnavailable(fault, this.place);
  }

  /** Once for each login: a token that is renewed for ever outlives its secret id unnoticed. */
  #warnOfTheEnd(secretId: SecretIdTerms | null): void {
    if (secretId === null || this.#hasWarned) return;
    const expiresAt = secretId.expiresAt ?? Infinity;
    const expiresSoon = expiresAt - this.clock.now() < SECRET_ID_ENDS_SOON_MS;
    if (!secretId.isUsedUp && !expiresSoon) return;
    this.#hasWarned = true;
    this.logger.warn(
      'The secret id of Vault ends: make a new one, or this daemon cannot log in again once its token ends',
      secretId.isUsedUp ? { reason: 'no uses left' } : { expiresAt: formatTimestamp(expiresAt) },
    );
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof VaultUnavailable &&
    (error.fault.kind === 'token_refused' || error.fault.kind === 'forbidden')
  );
}

/** Vault itself is away; somebody else's write is not that. */
function isAbsence(error: unknown): error is VaultUnavailable {
  return error instanceof VaultUnavailable && error.mayHeal && error.fault.kind !== 'contended';
}

/** Why a login is refused, as far as it can be known. */
function hindsight(hasLoggedIn: boolean, secretId: SecretIdTerms | null, now: number): VaultFault {
  if (secretId?.isUsedUp === true) return { kind: 'secret_id_used_up' };
  const expiresAt = secretId?.expiresAt ?? null;
  if (expiresAt !== null && expiresAt <= now) return { kind: 'secret_id_expired', atMs: expiresAt };
  return { kind: hasLoggedIn ? 'login_no_longer_taken' : 'login_refused' };
}
