import { Inject, Injectable } from '@nestjs/common';
import { pinFor } from '../config/addresses.js';
import { CONFIG, type Config } from '../config/config.js';
import { EventBus } from '../observability/events.js';
import { FederationError } from '../protocol/errors.js';
import { decideAdmission, type BootstrapPins, type Origin } from './admission-policy.js';
import { VerdictsService } from './verdicts.service.js';
import { NewcomerQuota } from './newcomer-quota.js';
import { PendingNewcomers, type Newcomer } from './pending-newcomers.js';

function pinsByHost({ bootstrapServers, bootstrapPins }: Config): BootstrapPins {
  const pins = new Map<string, Set<string | null>>();
  for (const url of bootstrapServers) {
    const { hostname } = new URL(url);
    pins.set(hostname, (pins.get(hostname) ?? new Set()).add(pinFor(url, bootstrapPins)));
  }
  return pins;
}

/** Who may take a name in our directory. */
@Injectable()
export class AdmissionService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly verdicts: VerdictsService,
    private readonly pending: PendingNewcomers,
    private readonly quota: NewcomerQuota,
    private readonly events: EventBus,
  ) {}

  /**
   * Counts the newcomer; call it once its signature holds. `pending`: nothing is decided, and it must not be written yet;
   * one that was received waits for its check, or for the operator.
   * @param isContested another server holds its name by hearsay
   * @throws `not_admitted`, `name_taken`, `key_mismatch`, `newcomer_limit`
   */
  async admit(newcomer: Newcomer, origin: Origin, isContested = false): Promise<'admitted' | 'pending'> {
    try {
      return await this.decide(newcomer, origin, isContested);
    } catch (error) {
      const { serverId } = newcomer;
      if (error instanceof FederationError)
        this.events.emit('newcomer.refused', { serverId, code: error.code });
      throw error;
    }
  }

  private async decide(
    newcomer: Newcomer,
    origin: Origin,
    isContested: boolean,
  ): Promise<'admitted' | 'pending'> {
    const { serverId, fingerprint } = newcomer;
    const decision = decideAdmission({
      mode: this.config.admission,
      serverId,
      fingerprint,
      isContested,
      origin,
      bootstrapPins: pinsByHost(this.config),
      verdict: await this.verdicts.verdictOn(newcomer),
    });
    switch (decision.type) {
      case 'refuse':
        throw new FederationError(decision.code, decision.detail);
      case 'admit':
        this.quota.charge(origin);
        return 'admitted';
      case 'verify':
        if (origin.type === 'received') this.wait(newcomer, origin, 'checking');
        return 'pending';
      case 'ask':
        if (origin.type === 'received') this.wait(newcomer, origin, 'asking');
        return 'pending';
    }
  }

  /** Counted once, however often it asks while it waits. */
  private wait(
    newcomer: Newcomer,
    origin: Origin & { readonly type: 'received' },
    state: 'checking' | 'asking',
  ): void {
    if (!this.pending.isNews(newcomer, origin.network, state)) return;
    this.quota.charge(origin);
    this.pending.add(newcomer, origin.network, state);
    const { serverUuid, serverId, fingerprint } = newcomer;
    if (state === 'checking') this.events.emit('newcomer.pending', { serverUuid, serverId, fingerprint });
  }
}
