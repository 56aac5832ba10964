import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { getFrom } from '../platform/get-from.js';
import { fingerprintOf, SignatureVerifier } from '../platform/keys.js';
import { PeerHttp } from '../platform/peer-http.js';
import { datedWrongly } from '../protocol/dating.js';
import { announcementCandidates, endpointPath } from '../protocol/endpoints.js';
import { FederationError } from '../protocol/errors.js';
import { ANNOUNCEMENT_MAX_AGE_MS } from '../protocol/limits.js';
import type { Announcement } from '../protocol/messages/announcement.js';
import { parseTimestamp } from '../protocol/timestamps.js';
import { PeersService } from '../peers/peers.service.js';
import type { Origin } from './admission-policy.js';
import { AnnouncementIntake, type IntakeOutcome } from './announcement-intake.js';
import { NewcomerVerifier } from './newcomer-verifier.js';
import { openAnnouncement } from './open-announcement.js';

export const ANNOUNCEMENT_PATH = '/api/v1/announcement';
/** For one announcement, from the name's resolution to the last byte. */
const FETCH_TIMEOUT_MS = 5_000;

/** An announcement whose signature holds, the URL that answered with it, and the address of who answered there. */
export interface Fetched {
  readonly announcement: Announcement;
  readonly url: string;
  readonly address: string | null;
}

/**
 * What became of a fetched announcement: its server is on file, and has answered us from where it says; or is on file;
 * or nobody has admitted it.
 */
export type Introduction = 'proven' | 'on_file' | 'pending';

/** Fetches other servers' announcements, and so proves where they are. */
@Injectable()
export class ContactService {
  constructor(
    private readonly http: PeerHttp,
    private readonly verifier: SignatureVerifier,
    private readonly intake: AnnouncementIntake,
    private readonly peers: PeersService,
    private readonly newcomers: NewcomerVerifier,
    private readonly clock: Clock,
  ) {}

  /**
   * A verified, fresh announcement from this very URL.
   *
   * @throws `peer_unreachable` where no usable answer came; otherwise what is wrong with the answer
   */
  async fetch(url: string, signal?: AbortSignal): Promise<Fetched> {
    const { text, address } = await getFrom(this.http, { url, timeoutMs: FETCH_TIMEOUT_MS, signal });
    const announcement = await openAnnouncement(text, this.verifier);
    if (announcement === null)
      throw new FederationError(
        'signature_invalid',
        `${url} answers an announcement whose signature does not hold`,
      );
    const signedAt = parseTimestamp(announcement.timestamp)!;
    const wrong = datedWrongly('announcement', signedAt, this.clock.now(), ANNOUNCEMENT_MAX_AGE_MS);
    if (wrong !== null) throw new FederationError(`announcement_${wrong.how}`, `${url}: ${wrong.detail}`);
    return { announcement, url, address: address ?? null };
  }

  /**
   * The announcement of the server that has this name and this federation endpoint, or null
   * (wire protocol 1.3, "From a federation endpoint to an announcement").
   */
  async locate(federationEndpoint: string, serverId: string, signal?: AbortSignal): Promise<Fetched | null> {
    for (const url of announcementCandidates(federationEndpoint)) {
      if (signal?.aborted === true) return null;
      const fetched = await this.fetch(url, signal).catch(() => null);
      if (fetched === null) continue;
      const { announcement } = fetched;
      if (announcement.serverId === serverId && announcement.endpoints.federation === federationEndpoint)
        return fetched;
    }
    return null;
  }

  /**
   * Takes a fetched announcement into the directory. Where it came from the place that it names itself, the
   * server has answered us, and is marked proven. A newcomer that has to be verified (wire protocol 2.4) is, if it
   * has answered so.
   *
   * @throws NotVerified, and whatever else keeps it out
   */
  async introduce(
    { announcement, url, address }: Fetched,
    origin: Origin,
    signal?: AbortSignal,
  ): Promise<Introduction> {
    const hasAnswered = url === announcementUrl(announcement);
    const outcome = await this.take(announcement, origin, hasAnswered, signal).catch(ifSuperseded);
    if (outcome === 'pending') return 'pending';
    const fingerprint = fingerprintOf(announcement.publicKey);
    const isProven = hasAnswered && (await this.peers.markProven({ ...announcement, fingerprint, address }));
    // It answers what it signed a moment ago, and its next announcement was quicker: proven all the same.
    if (outcome instanceof FederationError && !isProven) throw outcome;
    return isProven ? 'proven' : 'on_file';
  }

  private async take(
    announcement: Announcement,
    origin: Origin,
    hasAnswered: boolean,
    signal?: AbortSignal,
  ): Promise<IntakeOutcome> {
    const outcome = await this.intake.take(announcement, origin);
    if (outcome !== 'pending' || !hasAnswered || !('isVerified' in origin)) return outcome;
    await this.newcomers.verify(announcement, signal);
    return this.intake.take(announcement, { ...origin, isVerified: true });
  }
}

function ifSuperseded(error: unknown): FederationError {
  if (error instanceof FederationError && error.code === 'announcement_superseded') return error;
  throw error;
}

/** Where a server that announced itself so answers with its announcement. */
export function announcementUrl({ endpoints }: Pick<Announcement, 'endpoints'>): string {
  return endpointPath(endpoints.discovery, ANNOUNCEMENT_PATH);
}
