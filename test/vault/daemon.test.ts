import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/platform/clock.js';
import { fingerprintOf, generateKeyPair, Signer } from '../../src/platform/keys.js';
import { NO_OPENSSL } from '../support/certificates.js';
import { Leaks } from '../support/leaks.js';
import { NO_POSTGRES, startPostgres, type PostgresServer } from '../support/postgres.js';
import {
  PACKAGE_DIR,
  Process,
  startDaemonProcess,
  temporaryFolder,
  type Variables,
} from '../support/processes.js';
import { VaultOperator } from '../support/vault.js';
import { VaultServer } from '../support/vault-server.js';
import { authority } from '../support/vaults.js';

const ADMIN_TOKEN = 'the-admin-token-that-vault-holds';
const LOGIN = 'auth/approle/login';
const skipped = authority === null ? ` (skipped: ${NO_OPENSSL})` : '';

describe.skipIf(authority === null)(`a daemon whose secrets are in Vault${skipped}`, () => {
  let server: VaultServer;
  let operator: VaultOperator;
  let variables: Variables;
  let processes: Process[];
  const leaks = new Leaks();
  leaks.keepSecret(ADMIN_TOKEN);

  beforeEach(async () => {
    processes = [];
    server = await VaultServer.start(new SystemClock(), authority!.issue('IP:127.0.0.1'));
    const place = {
      address: server.address,
      caCertPath: authority!.caPath,
      rootToken: server.model.rootToken,
    };
    operator = new VaultOperator(place);
    const { roleId, secretId } = await operator.setUp();
    leaks.keepSecret(roleId);
    variables = {
      VAULT_ADDR: server.address,
      VAULT_ROLE_ID: roleId,
      VAULT_SECRET_ID: secretId,
      VAULT_CACERT: authority!.caPath,
      LATTICE_VAULT_MOUNT: operator.mount,
      LATTICE_LOG_LEVEL: 'debug',
    };
  });
  afterEach(async () => {
    await Promise.all(processes.map((process) => process.kill()));
    leaks.saw(...processes.map(({ output }) => output));
    leaks.keepSecret(...server.model.given);
    await operator.close();
    await server.close();
  });
  afterAll(() => leaks.expectNone());

  function start(dataDir: string, changes: Variables = {}): Process {
    const daemon = startDaemonProcess(dataDir, { ...variables, ...changes });
    processes.push(daemon);
    return daemon;
  }

  async function ask(url: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
    const response = await fetch(url, init);
    const text = await response.text();
    leaks.saw(text, [...response.headers]);
    return { status: response.status, body: JSON.parse(text) as unknown };
  }

  async function keyInVault(field = 'private_key'): Promise<string | null> {
    const key = (await operator.get('keys'))?.fields[field];
    if (typeof key !== 'string') return null;
    leaks.keepSecret(key);
    return Signer.fromPrivateKey(key).fingerprint;
  }

  it('makes its key there at the first start, and comes back with it', async () => {
    const dataDir = await temporaryFolder();
    await operator.put('keys', { note: 'of the operator' });
    await operator.put('services', { app_url: 'https://chat.example' });
    const first = start(dataDir);
    const { url, fingerprint } = await first.running();
    expect(await keyInVault()).toBe(fingerprint);
    expect((await operator.get('keys'))?.fields).toMatchObject({ note: 'of the operator' });
    const announcement = (await ask(`${url}/api/v1/announcement`)).body;
    expect(announcement).toMatchObject({ endpoints: { discovery: 'https://chat.example/discovery' } });
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    expect([...server.model.tokens.keys()]).toEqual([server.model.rootToken]);

    const second = await start(dataDir).running();
    expect(second.fingerprint).toBe(fingerprint);
    expect((await operator.get('keys'))?.version).toBe(2);
  });

  it('rotates its key there, asked by the command, which takes the token from there too', async () => {
    await operator.put('services', { admin_token: ADMIN_TOKEN });
    const dataDir = await temporaryFolder();
    const daemon = start(dataDir);
    const before = await daemon.running();
    await keyInVault();
    const command = Process.start(
      process.execPath,
      [`${PACKAGE_DIR}dist/cli/main.js`, 'rotate-key', '--json'],
      {
        ...variables,
        LATTICE_DATA_DIR: dataDir,
        LATTICE_PORT: String(before.port),
      },
    );
    processes.push(command);
    expect(await command.ended).toEqual({ code: 0, signal: null });
    const after = await keyInVault();
    expect(after).not.toBe(before.fingerprint);
    expect(command.stdout).toContain(after);
    // The first key, the next one beside it, the next one in its place.
    expect(await operator.get('keys')).toMatchObject({
      version: 3,
      fields: { private_key: expect.any(String) as string },
    });
    expect(await keyInVault('next_private_key')).toBeNull();
    const headers = { 'x-lattice-admin-token': ADMIN_TOKEN };
    const identity = await ask(`${before.url}/api/v1/identity`, { headers });
    expect(identity.body).toMatchObject({ fingerprint: after });
  });

  it('runs on when Vault goes away, refuses only what needs it, and notices its return', async () => {
    const daemon = start(await temporaryFolder());
    const { url, fingerprint } = await daemon.running();
    await keyInVault();
    await server.close();
    const rotation = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"reason":"scheduled"}',
    };
    const refused = await ask(`${url}/api/v1/identity/rotate-key`, rotation);
    expect(refused).toMatchObject({ status: 503, body: { code: 'secret_store_unavailable' } });
    expect((await ask(`${url}/api/v1/announcement`)).status).toBe(200);
    expect((await ask(`${url}/api/v1/identity`)).body).toMatchObject({ fingerprint });
    expect((await ask(`${url}/health`)).body).toMatchObject({
      status: 'degraded',
      problems: ['the secret store cannot be used; the daemon runs on with the key it holds'],
    });

    await server.open();
    await daemon.logged('Vault can be used again');
    expect((await ask(`${url}/health`)).body).toMatchObject({ status: 'healthy' });
    expect(await keyInVault()).toBe(fingerprint);
    expect((await ask(`${url}/api/v1/identity/rotate-key`, rotation)).status).toBe(200);
  });

  it('waits for a Vault that is down, says so, and starts when it comes', async () => {
    await server.close();
    const daemon = start(await temporaryFolder());
    const line = await daemon.logged('Waiting for the secret store');
    expect(line).toMatchObject({ level: 'warn', reason: expect.stringContaining('ECONNREFUSED') as string });
    await server.open();
    const { fingerprint } = await daemon.running();
    expect(await keyInVault()).toBe(fingerprint);
  });

  it('waits for a Vault that is sealed, and ends with 0 when told to meanwhile', async () => {
    server.model.isSealed = true;
    const daemon = start(await temporaryFolder());
    await daemon.logged('Waiting for the secret store', ({ reason }) => String(reason).includes('is sealed'));
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect(daemon.stderr).toBe('');
  });

  it('ends at once, after one login, where the login is refused', async () => {
    const daemon = start(await temporaryFolder(), { VAULT_SECRET_ID: 'not-the-secret-id' });
    leaks.keepSecret('not-the-secret-id');
    expect(await daemon.ended).toEqual({ code: 78, signal: null });
    expect(daemon.stderr).toMatch(/^Vault refuses the login: VAULT_ROLE_ID or VAULT_SECRET_ID is wrong/);
    expect(server.count(LOGIN)).toBe(1);
  });

  it('starts with a secret id that may be used only once, by one login', async () => {
    const { secretId } = await operator.newRole({ secretIdUses: 1 });
    const daemon = start(await temporaryFolder(), { VAULT_SECRET_ID: secretId });
    await daemon.running();
    expect(server.count(LOGIN)).toBe(1);
  });

  it('does not become another server where Vault lost its key, and says where it looked', async () => {
    const dataDir = await temporaryFolder();
    const first = start(dataDir);
    await first.running();
    await keyInVault();
    await first.stop();
    await operator.put('keys', { note: 'the key was here' });
    const second = start(dataDir);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toContain(`private_key of ${operator.mount}/lattice/keys in Vault`);
  });
});

describe('a daemon whose secrets are credentials of systemd', () => {
  it('takes what is given, keeps the rest in files, and does not rotate a key that it cannot write', async () => {
    const [dataDir, parent] = [await temporaryFolder(), await temporaryFolder()];
    const credentials = `${parent}/credentials`;
    await mkdir(credentials, { mode: 0o700 });
    const { privateKeyPem, publicKeyPem } = await generateKeyPair();
    await writeFile(`${credentials}/private_key`, privateKeyPem, { mode: 0o400 });
    await writeFile(`${credentials}/admin_token`, `${ADMIN_TOKEN}\n`, { mode: 0o400 });
    const daemon = startDaemonProcess(dataDir, { CREDENTIALS_DIRECTORY: credentials });
    const { url } = await daemon.running();
    const headers = { 'content-type': 'application/json', 'x-lattice-admin-token': ADMIN_TOKEN };
    const rotation = { method: 'POST', headers, body: '{"reason":"scheduled"}' };
    const refused = await fetch(`${url}/api/v1/identity/rotate-key`, rotation);
    const answer = (await refused.json()) as { detail: string };
    expect(refused.status).toBe(503);
    expect(answer.detail).toContain('take LoadCredential=private_key out of the unit');
    const identity = await (await fetch(`${url}/api/v1/identity`, { headers })).json();
    expect(identity).toMatchObject({ fingerprint: fingerprintOf(publicKeyPem) });
    await daemon.stop();
    const leaks = new Leaks();
    leaks.keepSecret(privateKeyPem, ADMIN_TOKEN);
    leaks.saw(daemon.output, answer, identity);
    leaks.expectNone();
  });
});

const postgres: PostgresServer | null = await startPostgres();
const noPostgres = postgres === null ? ` (skipped: ${NO_POSTGRES})` : '';

describe.skipIf(postgres === null)(`a daemon whose PostgreSQL starts later${noPostgres}`, () => {
  afterAll(() => postgres?.remove());

  it('waits for it, says so, and ends with 0 when told to meanwhile', async () => {
    await postgres!.stop('fast');
    const env = { LATTICE_DATABASE_URL: postgres!.url };
    const [patient, ended] = [
      startDaemonProcess(await temporaryFolder(), env),
      startDaemonProcess(await temporaryFolder(), env),
    ];
    for (const daemon of [patient, ended]) await daemon.logged('Waiting for the database');
    expect(await ended.stop()).toEqual({ code: 0, signal: null });
    await postgres!.start();
    await patient.running();
    expect(await patient.stop()).toEqual({ code: 0, signal: null });
  });
});
