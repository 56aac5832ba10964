import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { AddressPolicy } from '../platform/address-policy.js';
import { Clock } from '../platform/clock.js';
import { fingerprintOf, requireAcceptableKey, SignatureVerifier } from '../platform/keys.js';
import { ipLiteralOf } from '../protocol/endpoints.js';
import { FederationError } from '../protocol/errors.js';
import { announcementMessage, type Announcement } from '../protocol/messages/announcement.js';
import { requireAcceptableAnnouncement } from '../protocol/strict.js';
import { parseTimestamp } from '../protocol/timestamps.js';
import type { VerifiedAnnouncement } from '../peers/announcement-writer.js';
import { decideAnnouncement, type AnnouncementDecision } from '../peers/announcement-policy.js';
import { PeersService } from '../peers/peers.service.js';
import { AdmissionService } from './admission.service.js';
import type { Origin } from './admission-policy.js';

export type IntakeOutcome = 'newcomer' | 'renamed' | 'moved' | 'refreshed' | 'unchanged';
type Applicable = Exclude<AnnouncementDecision, { type: 'ignore' } | { type: 'reject' }>;

/** How often a decision may be overtaken by other requests about the same server before we give up. */
const MAX_ATTEMPTS = 3;

/** The one way by which an announcement, received or fetched, enters the directory (wire protocol 1.3). */
@Injectable()
export class AnnouncementIntake {
  constructor(
    private readonly identity: IdentityService,
    private readonly peers: PeersService,
    private readonly admission: AdmissionService,
    private readonly addresses: AddressPolicy,
    private readonly verifier: SignatureVerifier,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws a coded FederationError for whatever is wrong with it; then nothing was changed
   */
  async take(announcement: Announcement, origin: Origin): Promise<IntakeOutcome> {
    requireAcceptableAnnouncement(announcement);
    this.requireCallable(announcement);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const outcome = await this.attempt(announcement, origin);
      if (outcome !== 'overtaken') return outcome;
    }
    throw new FederationError(
      'announcement_superseded',
      'a later announcement of this server arrived at the same time',
    );
  }

  private async attempt(announcement: Announcement, origin: Origin): Promise<IntakeOutcome | 'overtaken'> {
    const { serverUuid, serverId, publicKey, endpoints } = announcement;
    const [standing, blocked] = await Promise.all([
      this.peers.standing(serverUuid, serverId),
      this.peers.isBlocked({ ...announcement, fingerprint: () => fingerprintOf(publicKey) }),
    ]);
    const announcedAt = parseTimestamp(announcement.timestamp)!;
    const nowMs = this.clock.now();
    const announced = { serverUuid, serverId, publicKey, endpoints, announcedAt };
    const decision = decideAnnouncement({ ...standing, blocked, nowMs, self: this.identity.self, announced });
    if (decision.type === 'ignore') return 'unchanged';
    if (decision.type === 'reject') throw new FederationError(decision.code, decision.detail);
    if (standing.known === null) requireAcceptableKey(publicKey);
    if (
      !(await this.verifier.verify(
        publicKey,
        announcementMessage.signingText(announcement),
        announcement.signature,
      ))
    ) {
      throw new FederationError(
        'signature_invalid',
        'the signature does not hold under the public_key of the announcement',
      );
    }
    const fingerprint = standing.known?.fingerprint ?? fingerprintOf(publicKey);
    const text = announcementMessage.encode(announcement);
    return this.apply(decision, { ...announced, fingerprint, text, seenAt: nowMs }, origin);
  }

  private async apply(
    decision: Applicable,
    verified: VerifiedAnnouncement,
    origin: Origin,
  ): Promise<IntakeOutcome | 'overtaken'> {
    switch (decision.type) {
      case 'refresh':
        return (await this.peers.refresh(verified, decision))
          ? decision.moved
            ? 'moved'
            : 'refreshed'
          : 'overtaken';
      case 'rename':
        this.admission.admit(verified, origin);
        return (await this.peers.rename(verified)) ? 'renamed' : 'overtaken';
      case 'newcomer': {
        this.admission.admit(verified, origin);
        const added = await this.peers.add(verified);
        if (added === 'full')
          throw new FederationError('directory_full', 'the directory of this server is full');
        return added === 'added' ? 'newcomer' : 'overtaken';
      }
    }
  }

  /** A name is checked when it is called; an address can be judged now. */
  private requireCallable({ endpoints }: Announcement): void {
    const address = ipLiteralOf(endpoints.discovery);
    if (address === null || this.addresses.isAllowed(address)) return;
    throw new FederationError(
      'endpoint_not_allowed',
      'the endpoints point to an address that is not public (LATTICE_ALLOW_ADDRESSES can allow it here)',
      { field: 'endpoints.discovery' },
    );
  }
}
