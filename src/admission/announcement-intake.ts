import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { AddressPolicy } from '../platform/address-policy.js';
import { Clock } from '../platform/clock.js';
import { fingerprintOf, requireAcceptableKey, SignatureVerifier } from '../platform/keys.js';
import { FederationError } from '../protocol/errors.js';
import { speaksExtension } from '../protocol/extensions.js';
import { announcementMessage, type Announcement } from '../protocol/messages/announcement.js';
import { materialHash, statementHash } from '../protocol/records/record-hash.js';
import { requireAcceptableAnnouncement } from '../protocol/strict.js';
import { parseTimestamp } from '../protocol/timestamps.js';
import type { VerifiedAnnouncement } from '../peers/announcement-writer.js';
import {
  decideAnnouncement,
  supposedStanding,
  type AnnouncementDecision,
  type Announced,
} from '../peers/announcement-policy.js';
import type { Standing } from '../peers/peer.js';
import { PeersService } from '../peers/peers.service.js';
import { plainlySigned } from '../peers/plain-signatures.js';
import { AdmissionService } from './admission.service.js';
import type { Origin } from './admission-policy.js';

/** `pending`: a newcomer, or a new name, about which nothing is decided; nothing was changed. */
export type IntakeOutcome = 'newcomer' | 'renamed' | 'moved' | 'refreshed' | 'unchanged' | 'pending';
/** Whether an announcement's signature holds under the key that it carries. */
type Check = () => Promise<boolean>;
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
    const check = this.checkOf(announcement);
    if (await this.refreshAtOnce(announcement, check)) return 'refreshed';
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const outcome = await this.attempt(announcement, check, origin);
      if (outcome !== 'overtaken') return outcome;
    }
    throw new FederationError(
      'announcement_superseded',
      'a later announcement of this server arrived at the same time',
    );
  }

  /**
   * Supposes that the server is on file as it describes itself, as nearly all are, and lets the conditions of the
   * UPDATE say whether that is so: no look at the directory first, which took a third of the time.
   * False where anything is otherwise, or wrong; then nothing was changed, and the long way finds out what.
   */
  private async refreshAtOnce(announcement: Announcement, isGenuine: Check): Promise<boolean> {
    const announced = announcedBy(announcement);
    const decision = await this.decide(announced, supposedStanding(announced));
    if (decision.type !== 'refresh' || !(await isGenuine())) return false;
    return this.peers.refresh(this.verified(announcement, announced));
  }

  private async attempt(
    announcement: Announcement,
    isGenuine: Check,
    origin: Origin,
  ): Promise<IntakeOutcome | 'overtaken'> {
    const announced = announcedBy(announcement);
    const standing = await this.peers.standing(announced.serverUuid, announced.serverId);
    const decision = await this.decide(announced, standing);
    if (decision.type === 'ignore') return 'unchanged';
    if (decision.type === 'reject') {
      if (decision.code === 'key_mismatch' && standing.known !== null) this.peers.noteRekeyed(standing.known);
      throw new FederationError(decision.code, decision.detail);
    }
    if (standing.known === null) requireAcceptableKey(announced.publicKey);
    if (!(await isGenuine())) {
      throw new FederationError(
        'signature_invalid',
        'the signature does not hold under the public_key of the announcement',
      );
    }
    return this.apply(decision, this.verified(announcement, announced), origin);
  }

  private async decide(announced: Announced, standing: Standing): Promise<AnnouncementDecision> {
    const fingerprint = (): string => fingerprintOf(announced.publicKey);
    const blocked = await this.peers.isBlocked({ ...announced, fingerprint });
    const { self } = this.identity;
    return decideAnnouncement({ ...standing, blocked, nowMs: this.clock.now(), self, announced });
  }

  /** The signature is checked once, whoever asks first: a stranger's costs its key's parsing besides. */
  private checkOf(announcement: Announcement): Check {
    let outcome: Promise<boolean> | null = null;
    return () =>
      (outcome ??= this.verifier.verify(
        announcement.publicKey,
        announcementMessage.signingText(announcement),
        announcement.signature,
      ));
  }

  private verified(announcement: Announcement, announced: Announced): VerifiedAnnouncement {
    const text = announcementMessage.encode(plainlySigned(announcement));
    return {
      ...announced,
      fingerprint: fingerprintOf(announced.publicKey),
      text,
      hash: statementHash(text),
      materialHash: materialHash(announcement),
      speaksExt: speaksExtension(announcement),
      seenAt: this.clock.now(),
    };
  }

  private async apply(
    decision: Applicable,
    verified: VerifiedAnnouncement,
    origin: Origin,
  ): Promise<IntakeOutcome | 'overtaken'> {
    switch (decision.type) {
      case 'refresh':
        if (decision.introduced) {
          if ((await this.admission.admit(verified, origin)) === 'pending') return 'pending';
          return (await this.peers.meet(verified)) ? 'newcomer' : 'overtaken';
        }
        if (decision.moved) return (await this.peers.move(verified)) ? 'moved' : 'overtaken';
        return (await this.peers.refresh(verified)) ? 'refreshed' : 'overtaken';
      case 'rename':
        if ((await this.admitUnder(decision.contests, verified, origin)) === 'pending') return 'pending';
        return (await this.peers.rename(verified)) ? 'renamed' : 'overtaken';
      case 'newcomer': {
        if ((await this.admitUnder(decision.contests, verified, origin)) === 'pending') return 'pending';
        const added = await this.peers.add(verified);
        if (added === 'full')
          throw new FederationError('directory_full', 'the directory of this server is full');
        return added === 'added' ? 'newcomer' : 'overtaken';
      }
    }
  }

  /** To a name that is free from then on. */
  private async admitUnder(
    contests: string | null,
    verified: VerifiedAnnouncement,
    origin: Origin,
  ): Promise<'admitted' | 'pending'> {
    const outcome = await this.admission.admit(verified, origin, contests !== null);
    if (outcome === 'admitted' && contests !== null) await this.peers.giveWay(contests);
    return outcome;
  }

  /** A name is checked when it is called; an address can be judged now. */
  private requireCallable({ endpoints }: Announcement): void {
    if (this.addresses.blockedAddressOf(endpoints.discovery) === null) return;
    throw new FederationError(
      'endpoint_not_allowed',
      'the endpoints point to an address that is not public (LATTICE_ALLOW_ADDRESSES can allow it here)',
      { field: 'endpoints.discovery' },
    );
  }
}

function announcedBy({ serverUuid, serverId, publicKey, endpoints, timestamp }: Announcement): Announced {
  return { serverUuid, serverId, publicKey, endpoints, announcedAt: parseTimestamp(timestamp)! };
}
