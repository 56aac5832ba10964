import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChallengeService } from '../calls/challenge.service.js';
import { fingerprintOf } from '../platform/keys.js';
import { ManualClock } from '../platform/manual-clock.js';
import { PeerHttp, type PeerRequest, type PeerResponse } from '../platform/peer-http.js';
import type { Announcement } from '../protocol/messages/announcement.js';
import { NewcomerVerifier } from './newcomer-verifier.js';

const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
  type: 'spki',
  format: 'pem',
}) as string;

const owner: Announcement = {
  version: '1.0',
  serverId: 'shop.example',
  serverUuid: 'f0f0f0f0-0000-4000-8000-000000000001',
  endpoints: { discovery: 'https://elsewhere.example', federation: 'https://elsewhere.example/f' },
  publicKey,
  capabilities: { supportedVersions: ['1.0'] },
  timestamp: '2026-01-01T00:00:00Z',
  signature: '',
} as unknown as Announcement;

const NAMED = JSON.stringify({
  discovery: owner.endpoints.discovery,
  server_uuid: owner.serverUuid,
  fingerprint: fingerprintOf(publicKey),
});

/** Holds every call until it is answered, or ended by whoever made it. */
class HeldHttp extends PeerHttp {
  readonly urls: string[] = [];
  answer: (response: PeerResponse) => void = () => undefined;

  request({ url }: PeerRequest, signal?: AbortSignal): Promise<PeerResponse> {
    this.urls.push(url);
    return new Promise((resolve, reject) => {
      this.answer = resolve;
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('what a name says', () => {
  let http: HeldHttp;
  let verifier: NewcomerVerifier;
  beforeEach(() => {
    http = new HeldHttp();
    verifier = new NewcomerVerifier({} as ChallengeService, http, new ManualClock());
  });

  it('is waited for by all who ask, also where one of them gives up', async () => {
    const inquiry = new AbortController();
    const asked = verifier.verify(owner, inquiry.signal);
    const joining = verifier.verify(owner);
    inquiry.abort(new Error('the inquiry is over'));
    await expect(asked).rejects.toThrow('the inquiry is over');
    http.answer({ status: 200, text: NAMED });
    await joining;
    await verifier.verify(owner);
    expect(http.urls).toEqual(['https://shop.example/.well-known/lattice']);
  });
});
