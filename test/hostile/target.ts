import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { expect } from 'vitest';
import { Database } from '../../src/database/database.js';
import { fingerprintOf } from '../../src/platform/keys.js';
import { FEDERATION_ERRORS, type FederationErrorCode } from '../../src/protocol/errors.js';
import { databaseKinds, type DatabaseUnderTest } from '../support/databases.js';
import { requireAsDescribed } from '../support/description.js';
import { Federation, type TestDaemon } from '../support/federation.js';
import { recordOutput } from '../support/suite-record.js';
import { Author, PEER_UUID } from './author.js';
import { ENDPOINTS } from './endpoints.js';
import { toJson } from './json.js';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Uint8Array | undefined;
  readonly headers?: Record<string, string>;
}

export interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Refusal {
  readonly detail: string;
  readonly code: FederationErrorCode;
}

const LONGEST_DETAIL = 500;
/** Longer than any word of ours that a caller may happen to use as well. */
const LONGEST_ECHO = 64;
const ECHO_SEARCH = 10_000;

const EMBEDDED = databaseKinds.find(({ kind }) => kind === 'embedded')!;

/** A daemon that is badly treated, and a peer in its directory that is still welcome. */
export class Target {
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(
    private readonly federation: Federation,
    readonly daemon: TestDaemon,
    readonly peer: Author,
  ) {}

  static async start(env: Record<string, string> = {}, under: DatabaseUnderTest = EMBEDDED): Promise<Target> {
    const federation = new Federation(under);
    const unlimited = { LATTICE_SOURCE_RATE_LIMIT: '0', LATTICE_PEER_RATE_LIMIT: '0' };
    const daemon = await federation.start('target.example', { ...unlimited, ...env });
    const target = new Target(federation, daemon, await Author.create('peer.example', PEER_UUID));
    await target.plant(target.peer);
    return target;
  }

  private get database(): Database {
    return this.daemon.daemon.app.get(Database, { strict: false });
  }

  /** From here on no limit gives anything back. */
  standStill(): void {
    this.federation.clock.standStill();
  }

  async end(): Promise<void> {
    this.agent.destroy();
    await this.federation.end();
  }

  /** Puts it into the directory, as its own announcement does. */
  async plant(author: Author): Promise<void> {
    const envelope = author.envelope('announcement', await author.signed(author.announcement()));
    const heard = await this.ask({
      method: 'POST',
      path: '/api/v1/gossip/receive',
      body: toJson(envelope),
    });
    expect(heard).toMatchObject({ status: 200 });
  }

  /** Takes back what the peer itself ended or replaced, so that the next message finds it as the first one did. */
  async forgive(): Promise<void> {
    const { publicKey, serverUuid } = this.peer;
    await this.database.query('DELETE FROM revocations');
    await this.database.query('DELETE FROM peer_rotations');
    await this.database.query(
      `UPDATE peers SET trust = 'unknown', public_key = $2, fingerprint = $3, chain_hashes = '', revocation = NULL,
                        revocation_hash = NULL, announcement_hash = NULL, material_hash = NULL, recorded_at = NULL,
                        relayed_until = NULL
       WHERE server_uuid = $1`,
      [serverUuid, publicKey, fingerprintOf(publicKey)],
    );
  }

  /** Every row of every table, as one text each. */
  async tables(): Promise<Record<string, string>> {
    const names = await this.database.query<{ tablename: string }>(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
    );
    const sums = names.map(
      ({ tablename }) =>
        `SELECT '${tablename}' AS name, coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), 'empty') AS sum FROM "${tablename}" t`,
    );
    const rows = await this.database.query<{ name: string; sum: string }>(sums.join(' UNION ALL '));
    return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]));
  }

  /** The answer has to be one that `/docs` describes. */
  async ask(asked: Asked): Promise<Heard> {
    const heard = await this.exchange(await this.signedIfWanted(asked));
    const { status, headers, text } = heard;
    requireAsDescribed(asked.method, asked.path, {
      status,
      contentType: headers['content-type'] ?? '',
      text,
    });
    return heard;
  }

  private async signedIfWanted(asked: Asked): Promise<Asked> {
    const { method, path, body } = asked;
    const handled = method === 'HEAD' ? 'GET' : method;
    const isWanted = ENDPOINTS.some(
      (one) => one.isSigned === true && one.method === handled && one.path === path,
    );
    if (!isWanted) return asked;
    const headers = await this.peer.signatureFor(method, this.daemon.url + path, body);
    return { ...asked, headers: { ...headers, ...asked.headers } };
  }

  private exchange({ method, path, body, headers = {} }: Asked): Promise<Heard> {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const { agent } = this;
      const { port } = this.daemon.daemon;
      const options = { host: '127.0.0.1', port, method, path, agent, headers: { ...length, ...headers } };
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          recordOutput(text);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      sent.on('error', reject).end(body);
    });
  }

  /** Asks, and expects the documented refusal and not a row changed. */
  async refuses(asked: Asked, ...codes: FederationErrorCode[]): Promise<Refusal> {
    const before = await this.tables();
    const heard = await this.ask(asked);
    const refusal = expectRefusal(heard, asked, codes);
    expect(await this.tables()).toEqual(before);
    return refusal;
  }

  /** One that says which field is meant, where it is refused for that. */
  async refusesFor(field: string, asked: Asked, ...codes: FederationErrorCode[]): Promise<void> {
    const { code, detail } = await this.refuses(asked, ...codes);
    if (code === 'invalid_field') expect(detail).toContain(field);
  }
}

/** That an answer is the documented error, says little, and nothing of what was sent. */
export function expectRefusal(
  heard: Heard,
  { body = '' }: Pick<Asked, 'body'>,
  codes: readonly FederationErrorCode[],
): Refusal {
  expect(heard.headers['content-type']).toMatch(/^application\/json/);
  const { detail, code } = JSON.parse(heard.text) as Refusal;
  expect(codes, `${heard.status} ${heard.text}`).toContain(code);
  expect(heard.status).toBe(FEDERATION_ERRORS[code].status);
  expect(heard.status).not.toBe(500);
  expect(typeof detail).toBe('string');
  expect(detail).not.toBe('');
  expect(detail.length).toBeLessThanOrEqual(LONGEST_DETAIL);
  expect(longestEcho(detail, body)).toBe('');
  const isToWait = heard.status === 429 || heard.status === 503;
  expect(heard.headers['retry-after']).toEqual(isToWait ? expect.stringMatching(/^[1-9]\d*$/) : undefined);
  return { detail, code };
}

/** A piece of the detail that stands in the body too, and is too long for chance. */
function longestEcho(detail: string, body: string | Uint8Array): string {
  const sent = (typeof body === 'string' ? body : Buffer.from(body).toString('latin1')).slice(0, ECHO_SEARCH);
  for (let start = 0; start + LONGEST_ECHO <= detail.length; start += 1) {
    const piece = detail.slice(start, start + LONGEST_ECHO);
    if (sent.includes(piece)) return piece;
  }
  return '';
}
