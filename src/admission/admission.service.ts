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

export interface Newcomer {
  readonly serverId: string;
  readonly fingerprint: string;
}

/** Who may take a name in our directory. Throws `not_admitted`, `key_mismatch`, `newcomer_limit`. */
@Injectable()
export class AdmissionService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly quota: NewcomerQuota,
    private readonly events: EventBus,
  ) {}

  /** What can be said before the signature is looked at, which costs more than all else: a flood ends here. */
  requireRoom(newcomer: Newcomer, origin: Origin): void {
    this.refusing(newcomer, () => {
      this.requirePolicy(newcomer, origin);
      this.quota.require(origin);
    });
  }

  /** Counts the newcomer; call it once its signature holds. */
  admit(newcomer: Newcomer, origin: Origin): void {
    this.refusing(newcomer, () => {
      this.requirePolicy(newcomer, origin);
      this.quota.charge(origin);
    });
  }

  private refusing({ serverId }: Newcomer, decide: () => void): void {
    try {
      decide();
    } catch (error) {
      if (error instanceof FederationError)
        this.events.emit('newcomer.refused', { serverId, code: error.code });
      throw error;
    }
  }

  private requirePolicy({ serverId, fingerprint }: Newcomer, origin: Origin): void {
    const { config } = this;
    const decision = decideAdmission({
      mode: config.admission,
      serverId,
      fingerprint,
      origin,
      bootstrapPins: pinsByHost(config),
    });
    if (decision.type === 'refuse') throw new FederationError(decision.code, decision.detail);
  }
}
