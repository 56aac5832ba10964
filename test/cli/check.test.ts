import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { realFileSystem, type FileSystem } from '../../src/cli/check/disk.js';
import type { CheckName, Finding } from '../../src/cli/check/finding.js';
import { runChecks } from '../../src/cli/check/run-checks.js';
import { generateKeyPair, Signer } from '../../src/platform/keys.js';
import { SystemClock } from '../../src/platform/clock.js';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { databaseKinds, openTestDatabase } from '../support/databases.js';
import { ANNOUNCEMENT, Stranger } from '../support/stranger.js';
import { VaultOperator } from '../support/vault.js';
import { VaultServer } from '../support/vault-server.js';
import { freePort } from '../support/free-port.js';

const postgres = databaseKinds.find(({ kind }) => kind === 'postgres')!;
const clock = new SystemClock();

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'lattice-check-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
});

/** Each check's findings, of a daemon that is not running. */
async function check(
  env: Record<string, string> = {},
  fileSystem: FileSystem = realFileSystem,
  nodeVersion = '20.19.0',
): Promise<(name: CheckName) => Finding[]> {
  const port = env['LATTICE_PORT'] ?? String(await freePort());
  const findings = await runChecks({
    env: { LATTICE_DATA_DIR: dataDir, LATTICE_ALLOW_ADDRESSES: '127.0.0.0/8', ...env, LATTICE_PORT: port },
    isTerminal: false,
    nodeVersion,
    nodeRange: '>=20.19',
    now: () => clock.now(),
    fileSystem,
  });
  return (name) => findings.filter((each) => each.check === name);
}

/** A server that says whatever time the test wants. */
async function hub(aheadMs = 0): Promise<Stranger> {
  const stranger = new Stranger('hub.example', await generateKeyPair(), clock);
  stranger.answers = async ({ path }) =>
    path === ANNOUNCEMENT
      ? stranger.showing(await stranger.announcement({ timestamp: formatTimestamp(clock.now() + aheadMs) }))
      : undefined;
  await stranger.listen();
  onTestFinished(() => stranger.stop());
  return stranger;
}

describe('lattice check', () => {
  it('finds nothing wrong on a new machine, and leaves nothing behind', async () => {
    const of = await check();
    for (const name of [
      'node',
      'configuration',
      'private_key',
      'port',
      'database',
      'migrations',
      'disk',
    ] as const)
      expect(of(name)).toMatchObject([{ outcome: 'ok' }]);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('tells a Node that is too old, and each setting that is wrong', async () => {
    const of = await check({ LATTICE_HOST: '-', LATTICE_APP_URL: 'x' }, realFileSystem, '18.0.0');
    expect(of('node')).toMatchObject([{ outcome: 'failed' }]);
    expect(of('configuration')).toMatchObject([
      { outcome: 'failed', summary: expect.stringMatching(/LATTICE_HOST.*LATTICE_APP_URL/) as string },
    ]);
    expect(of('database')).toMatchObject([{ outcome: 'skipped' }]);
  });

  it('tells a port that a stranger holds', async () => {
    const server = createServer((socket) => socket.end('220 smtp\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const of = await check({ LATTICE_PORT: String((server.address() as AddressInfo).port) });
    expect(of('port')).toMatchObject([
      { outcome: 'failed', advice: expect.stringContaining('ss -ltnp') as string },
    ]);
  });

  it('tells a port that another daemon holds', async () => {
    const other = await hub();
    const pem = (await generateKeyPair()).privateKeyPem;
    await writeFile(join(dataDir, 'private_key.pem'), pem, { mode: 0o600 });
    const of = await check({ LATTICE_PORT: new URL(other.url).port });
    expect(of('port')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining(other.fingerprint) as string },
    ]);
  });

  it('tells a private key that others may read, and one that is none', async () => {
    const path = join(dataDir, 'private_key.pem');
    await writeFile(path, (await generateKeyPair()).privateKeyPem, { mode: 0o644 });
    expect((await check())('private_key')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining('chmod 600') as string },
    ]);
    await rm(path);
    await writeFile(path, 'MIIE secret part of a key', { mode: 0o600 });
    const [finding] = (await check())('private_key');
    expect(finding).toMatchObject({ outcome: 'failed' });
    expect(JSON.stringify(finding)).not.toContain('secret part');
  });

  it('tells a full disk', async () => {
    const full = {
      ...realFileSystem,
      statfs: () => Promise.resolve({ bavail: 10, bsize: 4096, files: 100, ffree: 50 }),
    };
    expect((await check({}, full))('disk')).toMatchObject([{ outcome: 'failed' }]);
  });

  it('tells a public URL that leads to another server, and one that leads nowhere', async () => {
    const other = await hub();
    const keys = await generateKeyPair();
    await writeFile(join(dataDir, 'private_key.pem'), keys.privateKeyPem, { mode: 0o600 });
    const leading = await check({ LATTICE_DISCOVERY_URL: other.url });
    expect(leading('public_url')).toMatchObject([
      { outcome: 'warning', summary: expect.stringContaining('hub.example') as string },
    ]);
    const nowhere = await check({ LATTICE_DISCOVERY_URL: 'http://127.0.0.1:1' });
    expect(nowhere('public_url')).toMatchObject([{ outcome: 'failed' }]);
    expect(nowhere('administration')).toMatchObject([{ outcome: 'skipped' }]);
  });

  it('tells a clock that is wrong, and one that is right to within what an announcement may be old', async () => {
    const clockWith = async (aheadMs: number): Promise<Finding[]> =>
      (await check({ LATTICE_BOOTSTRAP_SERVERS: (await hub(aheadMs)).url }))('clock');
    expect(await clockWith(-59_000)).toMatchObject([{ outcome: 'ok' }]);
    expect(await clockWith(6 * 60_000)).toMatchObject([{ outcome: 'failed' }]);
    expect(await clockWith(-3_600_000)).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining('hub.example is 1 h behind') as string },
    ]);
  });

  it('tells a bootstrap server with another key than the pinned one, one that lies, and one that is away', async () => {
    const server = await hub();
    const pinned = (pin: string): Record<string, string> => ({
      LATTICE_BOOTSTRAP_SERVERS: `${server.url},http://127.0.0.1:1`,
      LATTICE_BOOTSTRAP_PINS: `127.0.0.1:${new URL(server.url).port}=${pin}`,
    });
    expect((await check(pinned(server.fingerprint)))('bootstrap_servers')).toMatchObject([
      { outcome: 'ok' },
      { outcome: 'warning', summary: expect.stringContaining('127.0.0.1:1') as string },
    ]);
    expect((await check(pinned('0'.repeat(32))))('bootstrap_servers')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining(server.fingerprint) as string },
      { outcome: 'failed' },
    ]);
    server.answers = async () => ({
      status: 200,
      body: announcementMessage.encode(await server.announcement({ serverId: 'x', signature: 'AAAA' })),
    });
    expect((await check({ LATTICE_BOOTSTRAP_SERVERS: server.url }))('bootstrap_servers')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining('signature') as string },
    ]);
  });

  it('tells a database that is down', async () => {
    const of = await check({ LATTICE_DATABASE_URL: 'postgres://lattice:hidden@127.0.0.1:1/lattice' });
    expect(of('database')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining('ECONNREFUSED') as string },
    ]);
    expect(of('migrations')).toMatchObject([{ outcome: 'skipped' }]);
    expect(JSON.stringify(of('database'))).not.toContain('hidden');
  });
});

describe.skipIf(postgres.missing)(`lattice check on ${postgres.title}`, () => {
  it('tells pending migrations, and runs none of them', async () => {
    const place = await postgres.create();
    onTestFinished(place.remove);
    const env = { LATTICE_DATABASE_URL: place.databaseUrl!, LATTICE_MIGRATIONS: 'manual' };
    for (let i = 0; i < 2; i += 1) {
      expect((await check(env))('migrations')).toMatchObject([
        { outcome: 'failed', advice: expect.stringContaining('lattice migrate') as string },
      ]);
    }
  });

  it('tells a key that is missing or of another identity, a newer release, and a database that is only read', async () => {
    const { database, place, remove } = await openTestDatabase(postgres);
    onTestFinished(remove);
    const { privateKeyPem, publicKeyPem } = await generateKeyPair();
    const { fingerprint } = Signer.fromPrivateKey(privateKeyPem);
    await database.query(
      `INSERT INTO identity (server_uuid, server_id, public_key, fingerprint, created_at) VALUES ('u', 'a', $1, $2, now())`,
      [publicKeyPem, fingerprint],
    );
    const env = { LATTICE_DATABASE_URL: place.databaseUrl! };
    expect((await check(env))('private_key')).toMatchObject([{ outcome: 'failed' }]);
    const path = join(dataDir, 'private_key.pem');
    await writeFile(path, (await generateKeyPair()).privateKeyPem, { mode: 0o600 });
    expect((await check(env))('private_key')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining(fingerprint) as string },
    ]);
    await writeFile(path, privateKeyPem);
    const right = await check(env);
    for (const name of ['private_key', 'database', 'migrations'] as const)
      expect(right(name)).toMatchObject([{ outcome: 'ok' }]);

    await database.query(`INSERT INTO migrations (timestamp, name) VALUES (2, 'FromTheFuture2')`);
    const readOnly = encodeURIComponent('-c default_transaction_read_only=on');
    const url = `${place.databaseUrl!}${place.databaseUrl!.includes('?') ? '&' : '?'}options=${readOnly}`;
    const of = await check({ LATTICE_DATABASE_URL: url });
    expect(of('migrations')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining('FromTheFuture2') as string },
    ]);
    expect(of('database')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining('read-only') as string },
    ]);
  });
});

describe('lattice check with secrets in Vault', () => {
  let server: VaultServer;
  let operator: VaultOperator;
  beforeAll(async () => {
    server = await VaultServer.start(clock, null);
    const { address, model } = server;
    operator = new VaultOperator({ address, caCertPath: null, rootToken: model.rootToken });
  });
  afterAll(async () => {
    await operator.close();
    await server.close();
  });

  const environment = async (policy?: string): Promise<Record<string, string>> => {
    const settings = await (policy === undefined ? operator.setUp() : operator.newRole({ policy }));
    return {
      VAULT_ADDR: server.address,
      VAULT_ROLE_ID: settings.roleId,
      VAULT_SECRET_ID: settings.secretId,
      LATTICE_VAULT_MOUNT: operator.mount,
    };
  };

  it('logs in, sees what it may, writes nothing, and gives its token back', async () => {
    const of = await check(await environment());
    expect(of('secret_store')).toMatchObject([
      { outcome: 'ok', summary: expect.stringContaining('A token lives for') as string },
    ]);
    expect(of('private_key')).toMatchObject([{ outcome: 'ok' }]);
    expect(await operator.get('keys')).toBeNull();
    expect([...server.model.tokens.keys()]).toEqual([server.model.rootToken]);
  });

  it('tells a policy that does not let the daemon rotate its key, or read its secrets', async () => {
    const data = `${operator.mount}/data/${operator.path}`;
    const reading = `path "${data}/services" { capabilities = ["read"] }\npath "${data}/keys" { capabilities = ["read"] }`;
    expect((await check(await environment(reading)))('secret_store')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining(`update ${data}/keys`) as string },
    ]);
    const nothing = await check(await environment('path "elsewhere" { capabilities = ["read"] }'));
    expect(nothing('secret_store')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining('policy of docs/secrets.md') as string },
    ]);
    expect(nothing('database')).toMatchObject([{ outcome: 'skipped' }]);
  });

  it('tells a wrong secret id, and a Vault that is sealed, without a word of the login', async () => {
    const env = await environment();
    const wrong = await check({ ...env, VAULT_SECRET_ID: 'not-the-one' });
    expect(wrong('secret_store')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining('VAULT_SECRET_ID') as string },
    ]);
    expect(JSON.stringify(wrong('secret_store'))).not.toContain('not-the-one');
    server.model.isSealed = true;
    expect((await check(env))('secret_store')).toMatchObject([
      { outcome: 'failed', summary: expect.stringContaining('unseal') as string },
    ]);
    server.model.isSealed = false;
  });
});
