import { randomUUID } from 'node:crypto';
import { generateKeyPair, Signer } from '../../src/platform/keys.js';
import { canonicalJson } from '../../src/protocol/canonical.js';
import { parseJson } from '../../src/protocol/json.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { signedHeaders } from '../support/signed-request.js';
import type { Mistake } from './fields.js';
import { toJson, Written, type LooseObject } from './json.js';

/** Nobody listens there, so whoever is announced there stays unproven and its row as it is. */
const NOWHERE = 'http://127.0.0.1:9';

/** Of the peer that every target knows. */
export const PEER_UUID = '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e60';

/** A server that exists only by what it signs; it signs whatever it is told, sound or not. */
export class Author {
  private lastMs = Date.now() - 60_000;

  private constructor(
    readonly serverId: string,
    readonly serverUuid: string,
    private readonly signer: Signer,
  ) {}

  static async create(serverId: string, serverUuid: string = randomUUID()): Promise<Author> {
    return new Author(serverId, serverUuid, Signer.fromPrivateKey((await generateKeyPair()).privateKeyPem));
  }

  get publicKey(): string {
    return this.signer.publicKeyPem;
  }

  /** Each later than the one before, and within the last minute. */
  timestamp(): string {
    this.lastMs += 1;
    return formatTimestamp(this.lastMs);
  }

  /** The message with a signature over its fields as they stand, whatever they are; a useless one where nothing can be signed. */
  async signed(message: LooseObject): Promise<LooseObject> {
    const { signature: _, ...covered } = message;
    return { ...covered, signature: await this.sign(toJson(covered)) };
  }

  /** With a mistake in it that the signature covers, unless the signature is the mistake. */
  async signedWith(sound: LooseObject, { path, make }: Mistake): Promise<LooseObject | Written> {
    if (path === 'signature') return make(await this.signed(sound));
    const mistaken = make(sound);
    return mistaken instanceof Written ? mistaken : this.signed(mistaken);
  }

  /** The headers that sign a request; `url` is under the base that the called server announces. */
  signatureFor(method: string, url: string, body: string | Uint8Array = ''): Promise<Record<string, string>> {
    const { signer, serverUuid } = this;
    // A second ahead: what was signed before a daemon began is refused, and its times are whole seconds.
    return signedHeaders({ signer, serverUuid, method, url, body, created: Date.now() + 1_000 });
  }

  announcement(): LooseObject {
    return {
      version: '1.0',
      server_id: this.serverId,
      server_uuid: this.serverUuid,
      public_key: this.publicKey,
      capabilities: { paging: true, ai_messaging: false, supported_versions: ['1.0'] },
      endpoints: { federation: `${NOWHERE}/api/v1/federation`, discovery: NOWHERE },
      timestamp: this.timestamp(),
      signature: '',
    };
  }

  exchange(): LooseObject {
    return {
      version: '1.0',
      from_server: this.serverId,
      peers: [this.serverId],
      timestamp: this.timestamp(),
      signature: '',
    };
  }

  rotation(newPublicKey: string): LooseObject {
    return {
      version: '1.0',
      server_uuid: this.serverUuid,
      old_public_key: this.publicKey,
      new_public_key: newPublicKey,
      reason: 'scheduled',
      timestamp: this.timestamp(),
      signature: '',
    };
  }

  revocation(): LooseObject {
    return {
      version: '1.0',
      server_uuid: this.serverUuid,
      server_id: this.serverId,
      reason: 'the end',
      timestamp: this.timestamp(),
      signature: '',
    };
  }

  peerList(): LooseObject {
    return {
      version: '1.0',
      server_uuid: this.serverUuid,
      server_id: this.serverId,
      public_key: this.publicKey,
      records: [],
      timestamp: this.timestamp(),
      signature: '',
    };
  }

  query(domain: string): LooseObject {
    return {
      query_id: randomUUID(),
      domain,
      requester: this.serverId,
      max_hops: 1,
      timestamp: formatTimestamp(Date.now()),
      signature: '',
    };
  }

  envelope(kind: string, payload: LooseObject): LooseObject {
    return {
      message_type: kind,
      payload,
      from_server: this.serverId,
      timestamp: formatTimestamp(Date.now()),
    };
  }

  private async sign(text: string): Promise<string> {
    try {
      return await this.signer.sign(canonicalJson(parseJson(text)));
    } catch {
      return 'AAAA';
    }
  }
}
