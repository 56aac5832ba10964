import { Inject, Injectable } from '@nestjs/common';
import { pinFor } from '../config/addresses.js';
import { CONFIG, type Config } from '../config/config.js';
import { EventBus } from '../observability/events.js';
import { FederationError } from '../protocol/errors.js';
import { decideAdmission, type BootstrapPins, type Origin } from './admission-policy.js';
import { NewcomerQuota } from './newcomer-quota.js';

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
    private readonly quota: NewcomerQuota,
    private readonly events: EventBus,
  ) {}

  /** Counts the newcomer; call it once its signature holds. @throws `not_admitted`, `key_mismatch`, `newcomer_limit` */
  admit(newcomer: { readonly serverId: string; readonly fingerprint: string }, origin: Origin): void {
    try {
      this.require(newcomer, origin);
    } catch (error) {
      const { serverId } = newcomer;
      if (error instanceof FederationError)
        this.events.emit('newcomer.refused', { serverId, code: error.code });
      throw error;
    }
  }

  private require(
    { serverId, fingerprint }: { readonly serverId: string; readonly fingerprint: string },
    origin: Origin,
  ): void {
    const { config } = this;
    const decision = decideAdmission({
      mode: config.admission,
      serverId,
      fingerprint,
      origin,
      bootstrapPins: pinsByHost(config),
    });
    if (decision.type === 'refuse') throw new FederationError(decision.code, decision.detail);
    this.quota.charge(origin);
  }
}
