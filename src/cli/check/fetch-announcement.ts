import { openAnnouncement } from '../../admission/open-announcement.js';
import { fingerprintOf, type SignatureVerifier } from '../../platform/keys.js';
import { PeerUnreachable, type PeerHttp, type PeerUnreachableReason } from '../../platform/peer-http.js';
import { endpointPath } from '../../protocol/endpoints.js';
import { parseTimestamp } from '../../protocol/timestamps.js';

/** What came of asking a server who it is. */
export type Fetched =
  | {
      readonly kind: 'announcement';
      readonly serverId: string;
      readonly serverUuid: string;
      readonly fingerprint: string;
      /** How far its clock is ahead of ours; an announcement may be a minute old, so up to that much less. */
      readonly aheadMs: number;
    }
  | { readonly kind: 'unreachable'; readonly reason: PeerUnreachableReason; readonly problem: string }
  | { readonly kind: 'status'; readonly status: number }
  /** Not an announcement, or one that does not hold. */
  | { readonly kind: 'invalid'; readonly problem: string };

export const FETCH_TIMEOUT_MS = 10_000;

export interface AnnouncementFetcher {
  readonly http: PeerHttp;
  readonly verifier: SignatureVerifier;
  readonly now: () => number;
}

/** Everything about it is verified but its age, which says something about the clocks. */
export async function fetchAnnouncement(
  { http, verifier, now }: AnnouncementFetcher,
  discoveryUrl: string,
): Promise<Fetched> {
  try {
    const url = endpointPath(discoveryUrl, '/api/v1/announcement');
    const { status, text } = await http.request({ method: 'GET', url, timeoutMs: FETCH_TIMEOUT_MS });
    if (status !== 200) return { kind: 'status', status };
    const answeredAt = now();
    const announcement = await openAnnouncement(text, verifier);
    if (announcement === null) return { kind: 'invalid', problem: 'its signature does not hold' };
    const { serverId, serverUuid, publicKey, timestamp } = announcement;
    const aheadMs = parseTimestamp(timestamp)! - answeredAt;
    return { kind: 'announcement', serverId, serverUuid, fingerprint: fingerprintOf(publicKey), aheadMs };
  } catch (error) {
    if (error instanceof PeerUnreachable)
      return { kind: 'unreachable', reason: error.reason, problem: error.message };
    return { kind: 'invalid', problem: (error as Error).message };
  }
}
