import { Injectable } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { ChallengeService } from '../calls/challenge.service.js';
import { Clock } from '../platform/clock.js';
import { getFrom } from '../platform/get-from.js';
import { shortMemory } from '../platform/short-memory.js';
import { unlessAborted } from '../platform/unless-aborted.js';
import { fingerprintOf } from '../platform/keys.js';
import { PeerHttp } from '../platform/peer-http.js';
import { endpointPath } from '../protocol/endpoints.js';
import { FederationError } from '../protocol/errors.js';
import { speaksExtension } from '../protocol/extensions.js';
import { parseJson } from '../protocol/json.js';
import type { Announcement } from '../protocol/messages/announcement.js';
import { wellKnownMessage, type WellKnown } from '../protocol/messages/well-known.js';
import { FAILURE_MEMORY_MS } from './checked-places.js';
import { nameProofFor } from './name-proof.js';

const WELL_KNOWN_TIMEOUT_MS = 5_000;
/** Names whose words are kept for 10 minutes: at one check a second there are 600. */
const MAX_NAMES = 1_000;

/** It answered, and not as whom it said; of a server that may merely not join, the rest may still hold. */
export class NotVerified extends FederationError {
  constructor(detail: string) {
    super('not_admitted', detail);
  }
}

/** Whether a server that has answered us from where it says may have the name that it says (wire protocol 2.4). */
@Injectable()
export class NewcomerVerifier {
  /** By URL, also where nothing came of it. */
  private readonly said: LRUCache<string, Promise<WellKnown>>;

  constructor(
    private readonly challenges: ChallengeService,
    private readonly http: PeerHttp,
    clock: Clock,
  ) {
    this.said = shortMemory(clock, MAX_NAMES, FAILURE_MEMORY_MS);
  }

  /**
   * @param announcement fetched from its own endpoint a moment ago
   * @throws NotVerified saying what does not hold; `peer_unreachable`
   */
  async verify(announcement: Announcement, signal?: AbortSignal): Promise<void> {
    const holdsKey = !speaksExtension(announcement) || (await this.challenges.holdsKey(announcement, signal));
    if (!holdsKey) throw new NotVerified('it does not answer a challenge with its key');
    const proof = nameProofFor(announcement.serverId, announcement.endpoints);
    if (proof.type === 'impossible')
      throw new NotVerified('its name has dots, and is none that DNS can have');
    if (proof.type === 'well_known') await this.requireNamed(announcement, proof.url, signal);
  }

  private async requireNamed(announcement: Announcement, url: string, signal?: AbortSignal): Promise<void> {
    if (!isOf(await unlessAborted(this.saidBy(url), signal), announcement))
      throw new NotVerified(`its endpoint is not at ${announcement.serverId}, and ${url} does not name it`);
  }

  /**
   * What a name says is kept, and not that somebody did not have it: or a liar could keep its owner out. For the same reason
   * no caller ends it, who may have asked for another server's sake.
   */
  private saidBy(url: string): Promise<WellKnown> {
    const known = this.said.get(url);
    if (known !== undefined) return known;
    const said = this.ask(url);
    this.said.set(url, said);
    said.catch(() => undefined);
    return said;
  }

  private async ask(url: string): Promise<WellKnown> {
    const refusal = (problem: string): Error => new NotVerified(`its endpoint is elsewhere, and ${problem}`);
    const { text } = await getFrom(this.http, { url, timeoutMs: WELL_KNOWN_TIMEOUT_MS, refusal });
    return wellKnownMessage.decode(parseJson(text));
  }
}

function isOf(said: WellKnown, { serverUuid, publicKey, endpoints }: Announcement): boolean {
  const sameBase = endpointPath(said.discovery, '') === endpointPath(endpoints.discovery, '');
  return sameBase && said.serverUuid === serverUuid && said.fingerprint === fingerprintOf(publicKey);
}
