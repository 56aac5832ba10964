import { randomUUID } from 'node:crypto';
import { contentDigest } from '../../src/calls/content-digest.js';
import { prepareSignature, targetUri } from '../../src/calls/request-signature.js';
import type { Signer } from '../../src/platform/keys.js';
import { REQUEST_LIFETIME_MS } from '../../src/protocol/limits.js';

export interface ToSign {
  readonly signer: Signer;
  /** Of the caller. */
  readonly serverUuid: string;
  readonly method: string;
  /** The whole URL, under the base that the called server announces. */
  readonly url: string;
  readonly body?: string | Uint8Array;
  /** Epoch milliseconds. */
  readonly created: number;
  readonly expires?: number;
  readonly nonce?: string;
}

/** The headers of a signed request (wire protocol 2.1), made by hand: for a server that the test plays. */
export async function signedHeaders(asked: ToSign): Promise<Record<string, string>> {
  const { signer, serverUuid: keyId, method, url, body = '', created, nonce = randomUUID() } = asked;
  const { base, headersFor } = prepareSignature(
    { method, targetUri: targetUri(url), contentDigest: contentDigest(body) },
    { created, expires: asked.expires ?? created + REQUEST_LIFETIME_MS, nonce, keyId },
  );
  return headersFor(await signer.sign(base, 'request'));
}
