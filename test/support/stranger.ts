import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Clock } from '../../src/platform/clock.js';
import { type KeyPair, Signer } from '../../src/platform/keys.js';
import type { MessageDefinition } from '../../src/protocol/message.js';
import { announcementMessage, type Announcement } from '../../src/protocol/messages/announcement.js';
import { challengeMessage, type Challenge } from '../../src/protocol/messages/challenge.js';
import { domainQueryMessage, type DomainQuery } from '../../src/protocol/messages/domain-query.js';
import {
  identityRevocationMessage,
  type IdentityRevocation,
} from '../../src/protocol/messages/identity-revocation.js';
import { keyRotationMessage, type KeyRotation } from '../../src/protocol/messages/key-rotation.js';
import { peerExchangeMessage, type PeerExchange } from '../../src/protocol/messages/peer-exchange.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { freePort } from './free-port.js';
import { signedHeaders, type ToSign } from './signed-request.js';
import type { Answer, TestDaemon } from './test-daemon.js';

/** A request that it got. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export const ANNOUNCEMENT = '/api/v1/announcement';
export const QUERY = '/api/v1/domain/query';
export const RECEIVE = '/api/v1/gossip/receive';
export const CHALLENGE = '/api/v1/ext/challenge';
const JOIN = '/api/v1/ext/join';
export const LINK = '/api/v1/ext/link';
export const VIEW = '/api/v1/ext/view';
export const RUMOR = '/api/v1/ext/rumor';

/** Fields of a message that the test wants otherwise; `signature` too, to break it. */
type Changes<M> = Partial<M>;

/**
 * A server made by hand: it signs whatever the test wants, and answers others as the test says, by default as an
 * honest server would that knows nobody.
 */
export class Stranger {
  serverUuid: string = randomUUID();
  readonly calls: Call[] = [];
  /** `ext:1` makes it one of the extension, which is challenged. */
  supportedVersions: readonly string[] = ['1.0'];
  /** Another address of loopback puts it into another network. */
  host = '127.0.0.1';
  /** Answers a call in place of the default; undefined leaves it to the default. */
  answers: (call: Call) => Reply | undefined | Promise<Reply | undefined> = () => undefined;
  private readonly server: Server;
  private signer: Signer;
  private lastSignedAt = 0;
  private waiting = new Set<() => void>();
  private port = 0;

  constructor(
    public serverId: string,
    private keys: KeyPair,
    private readonly clock: Clock,
  ) {
    this.signer = Signer.fromPrivateKey(keys.privateKeyPem);
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  get publicKey(): string {
    return this.keys.publicKeyPem;
  }

  get fingerprint(): string {
    return this.signer.fingerprint;
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  get endpoints(): Announcement['endpoints'] {
    return { discovery: this.url, federation: `${this.url}/api/v1/federation` };
  }

  /** On the port that it had, if it had one. */
  async listen(): Promise<void> {
    if (this.port === 0) this.port = await freePort(this.host);
    this.server.listen(this.port, this.host);
    await once(this.server, 'listening');
  }

  /** Down: whoever calls it is refused the connection. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** From here on it signs with these, whether anybody knows or not. */
  useKeys(keys: KeyPair): void {
    this.keys = keys;
    this.signer = Signer.fromPrivateKey(keys.privateKeyPem);
  }

  /** Another server with the same name, UUID and key. */
  double(): Stranger {
    const double = new Stranger(this.serverId, this.keys, this.clock);
    double.serverUuid = this.serverUuid;
    return double;
  }

  callsTo(path: string): Call[] {
    return this.calls.filter((call) => call.path.split('?', 1)[0] === path);
  }

  /** Resolves when it was called there this many times. */
  async called(path: string, times = 1): Promise<void> {
    while (this.callsTo(path).length < times) {
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  /** Each one is later than the last. */
  announcement(changes: Changes<Announcement> = {}): Promise<Announcement> {
    return this.sign(announcementMessage, changes, {
      version: '1.0',
      serverId: this.serverId,
      serverUuid: this.serverUuid,
      publicKey: this.publicKey,
      capabilities: { paging: true, aiMessaging: false, supportedVersions: this.supportedVersions },
      endpoints: this.endpoints,
      timestamp: this.timestamp(),
    });
  }

  exchange(peers: readonly string[], changes: Changes<PeerExchange> = {}): Promise<PeerExchange> {
    return this.sign(peerExchangeMessage, changes, {
      version: '1.0',
      fromServer: this.serverId,
      peers,
      timestamp: this.timestamp(),
    });
  }

  rotation({ publicKeyPem }: KeyPair, changes: Changes<KeyRotation> = {}): Promise<KeyRotation> {
    return this.sign(keyRotationMessage, changes, {
      version: '1.0',
      serverUuid: this.serverUuid,
      oldPublicKey: this.publicKey,
      newPublicKey: publicKeyPem,
      reason: 'scheduled',
      timestamp: this.timestamp(),
    });
  }

  revocation(changes: Changes<IdentityRevocation> = {}): Promise<IdentityRevocation> {
    return this.sign(identityRevocationMessage, changes, {
      version: '1.0',
      serverUuid: this.serverUuid,
      serverId: this.serverId,
      reason: 'the key was stolen',
      timestamp: this.timestamp(),
    });
  }

  query(domain: string, changes: Changes<DomainQuery> = {}): Promise<DomainQuery> {
    return this.sign(domainQueryMessage, changes, {
      queryId: randomUUID(),
      domain,
      requester: this.serverId,
      maxHops: 5,
      timestamp: this.timestamp(),
    });
  }

  /** A reply with an announcement, its own or another's. */
  showing(announcement: Announcement): Reply {
    return { status: 200, body: announcementMessage.encode(announcement) };
  }

  /** Announces itself, or says what is given, and tells what the daemon answers. */
  async announceTo(daemon: TestDaemon, changes: Changes<Announcement> = {}): Promise<Answer> {
    return this.say(daemon, 'announcement', announcementMessage.encode(await this.announcement(changes)));
  }

  /** Announces itself by ext/join, or says what is given. */
  async joinAt(daemon: TestDaemon, changes: Changes<Announcement> = {}): Promise<Answer> {
    return daemon.post(JOIN, announcementMessage.encode(await this.announcement(changes)));
  }

  /** A reply to a challenge, or to something like it. */
  async challenged({ path }: Call, changes: Changes<Challenge> = {}): Promise<Reply> {
    const nonce = new URL(path, this.url).searchParams.get('nonce') ?? '';
    const { serverUuid } = this;
    const fields = { serverUuid, nonce, timestamp: formatTimestamp(this.clock.now()) };
    return { status: 200, body: challengeMessage.encode(await this.sign(challengeMessage, changes, fields)) };
  }

  /** Announces itself and answers the daemon's call back. */
  async join(daemon: TestDaemon): Promise<void> {
    const answer = await this.announceTo(daemon);
    if (answer.status !== 200) throw new Error(`refused: ${JSON.stringify(answer.body)}`);
    await daemon.knows(this.serverId);
  }

  async exchangeWith(
    daemon: TestDaemon,
    peers: readonly string[],
    changes: Changes<PeerExchange> = {},
  ): Promise<Answer> {
    return this.say(daemon, 'peer_exchange', peerExchangeMessage.encode(await this.exchange(peers, changes)));
  }

  async rotateAt(daemon: TestDaemon, next: KeyPair, changes: Changes<KeyRotation> = {}): Promise<Answer> {
    return this.say(daemon, 'key_rotation', keyRotationMessage.encode(await this.rotation(next, changes)));
  }

  async revokeAt(daemon: TestDaemon, changes: Changes<IdentityRevocation> = {}): Promise<Answer> {
    const revocation = await this.revocation(changes);
    return this.say(daemon, 'identity_revocation', identityRevocationMessage.encode(revocation));
  }

  /** Asks where a domain is. */
  async ask(daemon: TestDaemon, domain: string, changes: Changes<DomainQuery> = {}): Promise<Answer> {
    return daemon.post(QUERY, domainQueryMessage.encode(await this.query(domain, changes)));
  }

  /** @param signed the message as JSON text @param headers such as X-Forwarded-For */
  say(
    daemon: TestDaemon,
    kind: string,
    signed: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const envelope = { message_type: kind, from_server: this.serverId, timestamp: this.timestamp() };
    const text = `${JSON.stringify(envelope).slice(0, -1)}, "payload": ${signed}}`;
    return daemon.post(RECEIVE, text, headers);
  }

  /** Signs a request to a daemon (wire protocol 2.1) and sends it; `changes` is what it signs otherwise. */
  async call(
    daemon: TestDaemon,
    method: 'GET' | 'POST',
    path: string,
    body?: string,
    changes: Partial<ToSign> = {},
  ): Promise<Answer> {
    return daemon.request(method, path, body, await this.signatureFor(daemon, method, path, body, changes));
  }

  /** The headers that sign a request of this server. */
  signatureFor(
    daemon: TestDaemon,
    method: string,
    path: string,
    body = '',
    changes: Partial<ToSign> = {},
  ): Promise<Record<string, string>> {
    const { signer, serverUuid, clock } = this;
    return signedHeaders({
      ...{ signer, serverUuid, method, url: daemon.url + path, body, created: clock.now() },
      ...changes,
    });
  }

  private async sign<M extends { readonly signature: string | null }>(
    definition: MessageDefinition<M>,
    changes: Partial<M>,
    fields: Omit<M, 'signature'>,
  ): Promise<M> {
    const message = { ...fields, ...changes };
    const signature = await this.signer.sign(definition.signingText(message));
    return { signature, ...message } as M;
  }

  private timestamp(): string {
    this.lastSignedAt = Math.max(this.clock.now(), this.lastSignedAt + 0.001);
    return formatTimestamp(this.lastSignedAt);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part as string;
    const call = { method: request.method ?? '', path: request.url ?? '', body };
    this.calls.push(call);
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const look of waiting) look();
    const reply = (await this.answers(call)) ?? (await this.honestly(call));
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
  }

  private async honestly(call: Call): Promise<Reply> {
    switch (call.path.split('?', 1)[0] ?? '') {
      case CHALLENGE:
        return this.challenged(call);
      case VIEW:
        return this.supportedVersions.includes('ext:1') ? { status: 200, body: '{}' } : NOT_FOUND;
      case ANNOUNCEMENT:
        return this.showing(await this.announcement());
      case RECEIVE:
        return { status: 200, body: '{"status": "accepted"}' };
      case QUERY:
        return domainReply(call, { found: false });
      default:
        return NOT_FOUND;
    }
  }
}

const NOT_FOUND: Reply = { status: 404, body: '{"detail": "Not Found"}' };

/** An answer to the domain query that was asked. */
export function domainReply({ body }: Call, answer: Record<string, unknown>): Reply {
  const { query_id, domain } = JSON.parse(body) as { query_id: string; domain: string };
  const common = { query_id, domain, hop_count: 0, confidence: 1, timestamp: '2026-01-01T00:00:00+00:00' };
  return { status: 200, body: JSON.stringify({ ...common, ...answer }) };
}
