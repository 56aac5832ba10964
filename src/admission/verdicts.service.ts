import { Injectable } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Cached } from '../platform/cached.js';
import { Clock } from '../platform/clock.js';
import { RefusedRecords } from '../peers/refused-records.js';
import { FederationError, invalidField } from '../protocol/errors.js';
import type { Verdict } from './admission-policy.js';
import { VerdictsRepository, type OperatorVerdict } from './verdicts.repository.js';
import { keyOf, PendingNewcomers, type NewcomerIdentity, type Pending } from './pending-newcomers.js';

/** Another daemon on this database may have been told. */
const VERDICTS_AGE_MS = 60_000;

/** Who waits to be admitted, and what the operator says about it. */
@Injectable()
export class VerdictsService {
  private readonly verdicts: Cached<ReadonlyMap<string, Verdict>>;

  constructor(
    private readonly repository: VerdictsRepository,
    private readonly pending: PendingNewcomers,
    private readonly refused: RefusedRecords,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {
    this.verdicts = new Cached(clock, VERDICTS_AGE_MS, async () => {
      const admissions = await this.repository.all();
      return new Map(admissions.map((admission) => [keyOf(admission), admission.verdict]));
    });
  }

  async verdictOn(identity: NewcomerIdentity): Promise<Verdict | null> {
    return (await this.verdicts.get()).get(keyOf(identity)) ?? null;
  }

  async list(): Promise<{
    readonly waiting: readonly Pending[];
    readonly decided: readonly OperatorVerdict[];
  }> {
    return { waiting: this.pending.list(), decided: await this.repository.all() };
  }

  /**
   * Also about a server that nobody here has heard of, if its fingerprint is given; of one on file, an approved key is what
   * decides between two successors of another (wire protocol 2.2).
   * @throws `unknown_peer`; `invalid_field` where several claim the UUID and it is not said which
   */
  async decide(serverUuid: string, given: string | null, verdict: Verdict): Promise<OperatorVerdict> {
    const { fingerprint, serverId } = this.meant(serverUuid, given);
    const admission = { serverUuid, fingerprint, serverId, verdict, decidedAt: this.clock.now() };
    await this.repository.save(admission);
    this.verdicts.forget();
    this.refused.forget();
    if (verdict === 'refused') this.pending.remove(admission);
    else if (serverId !== null) {
      this.pending.check(admission);
      this.events.emit('newcomer.pending', { serverUuid, serverId, fingerprint });
    }
    return admission;
  }

  private meant(serverUuid: string, given: string | null): { fingerprint: string; serverId: string | null } {
    const claims = this.pending
      .claiming(serverUuid)
      .filter((one) => given === null || one.fingerprint === given);
    if (claims.length > 1)
      throw invalidField('fingerprint', 'must say which is meant: several servers claim this server_uuid');
    if (claims[0] !== undefined) return claims[0];
    if (given !== null) return { fingerprint: given, serverId: null };
    throw new FederationError(
      'unknown_peer',
      'nobody with this server_uuid waits here; give its fingerprint to decide beforehand',
    );
  }
}
