import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { FederationError } from '../protocol/errors.js';
import { decideAdmission, type Origin } from './admission-policy.js';
import { NewcomerQuota } from './newcomer-quota.js';

/** Who may take a name in our directory. */
@Injectable()
export class AdmissionService {
  private readonly bootstrapHosts: ReadonlySet<string>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly quota: NewcomerQuota,
  ) {
    this.bootstrapHosts = new Set(config.bootstrapServers.map((url) => new URL(url).hostname));
  }

  /** Counts the newcomer; call it once its signature holds. @throws `not_admitted`, `newcomer_limit` */
  admit(serverId: string, origin: Origin): void {
    const { bootstrapHosts } = this;
    const decision = decideAdmission({ mode: this.config.admission, serverId, origin, bootstrapHosts });
    if (decision.type === 'refuse') throw new FederationError(decision.code, decision.detail);
    this.quota.charge(origin);
  }
}
