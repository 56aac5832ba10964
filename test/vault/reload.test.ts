import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/platform/clock.js';
import { generateKeyPair, Signer } from '../../src/platform/keys.js';
import { NO_OPENSSL } from '../support/certificates.js';
import { Leaks } from '../support/leaks.js';
import type { Process, Running, Variables } from '../support/processes.js';
import {
  type EnvFile,
  IN_FORCE,
  NEEDS_RESTART,
  reload,
  startReloadable,
  UNUSABLE,
} from '../support/reloadable.js';
import { VaultOperator } from '../support/vault.js';
import { VaultServer } from '../support/vault-server.js';
import { authority } from '../support/vaults.js';

const FIRST_TOKEN = 'the-first-token-that-vault-holds';
const OTHER_TOKEN = 'the-other-token-that-vault-holds';
const LOGIN = 'auth/approle/login';
const skipped = authority === null ? ` (skipped: ${NO_OPENSSL})` : '';

describe.skipIf(authority === null)(`SIGHUP to a daemon whose secrets are in Vault${skipped}`, () => {
  let server: VaultServer;
  let operator: VaultOperator;
  let variables: Variables;
  let daemon: Process;
  let file: EnvFile;
  let running: Running;
  const leaks = new Leaks();

  beforeEach(async () => {
    server = await VaultServer.start(new SystemClock(), authority!.issue('IP:127.0.0.1'));
    operator = new VaultOperator({
      address: server.address,
      caCertPath: authority!.caPath,
      rootToken: server.model.rootToken,
    });
    const { roleId, secretId } = await operator.setUp();
    await operator.put('services', { admin_token: FIRST_TOKEN });
    leaks.keepSecret(roleId, secretId, FIRST_TOKEN, OTHER_TOKEN);
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
    await daemon.kill();
    leaks.saw(daemon.output);
    leaks.keepSecret(...server.model.given);
    await operator.close();
    await server.close();
  });
  afterAll(() => leaks.expectNone());

  /** To be called in a test: what it starts ends with the test. */
  async function start(): Promise<void> {
    ({ daemon, file } = await startReloadable(variables));
    running = await daemon.running();
  }

  async function statusWith(token: string, path = '/api/v1/identity', method = 'GET'): Promise<number> {
    const headers = { 'x-lattice-admin-token': token, 'content-type': 'application/json' };
    const body = method === 'POST' ? { body: '{"reason":"scheduled"}' } : {};
    return (await fetch(running.url + path, { method, headers, ...body })).status;
  }

  it('takes what is new there by the login that it has, and nothing while Vault is away', async () => {
    await start();
    await operator.put('services', {
      admin_token: OTHER_TOKEN,
      LATTICE_BOOTSTRAP_SERVERS: 'http://127.0.0.1:9',
    });
    expect(await reload(daemon)).toMatchObject({
      msg: IN_FORCE,
      changed: { LATTICE_BOOTSTRAP_SERVERS: ' -> http://127.0.0.1:9' },
    });
    expect(await statusWith(FIRST_TOKEN)).toBe(403);
    expect(await statusWith(OTHER_TOKEN)).toBe(200);
    expect(server.count(LOGIN)).toBe(1);
    await daemon.logged('A bootstrap server is missing');

    server.model.isSealed = true;
    await file.write({ ...variables, LATTICE_SERVER_ID: 'renamed.example' });
    expect(await reload(daemon)).toMatchObject({
      msg: UNUSABLE,
      reason: expect.stringContaining('is sealed') as string,
    });
    expect(await statusWith(OTHER_TOKEN)).toBe(200);
    expect(await (await fetch(`${running.url}/api/v1/announcement`)).text()).not.toContain('renamed');
  });

  it('logs in anew with a rotated secret id, once, rotates its key with it, and gives back the old token', async () => {
    await start();
    const before = [...server.model.tokens.keys()];
    const secretId = await operator.newSecretId();
    await operator.withdraw(variables.VAULT_SECRET_ID!);
    leaks.keepSecret(secretId);
    await file.write({ ...variables, VAULT_SECRET_ID: secretId });
    expect(await reload(daemon)).toMatchObject({
      msg: IN_FORCE,
      changed: { VAULT_SECRET_ID: '(hidden) -> (hidden)' },
    });
    expect(server.count(LOGIN)).toBe(2);
    expect(await statusWith(FIRST_TOKEN, '/api/v1/identity/rotate-key', 'POST')).toBe(200);
    const own = before.find((token) => token !== server.model.rootToken)!;
    expect(server.model.tokens.has(own)).toBe(false);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect([...server.model.tokens.keys()]).toEqual([server.model.rootToken]);
  });

  it('keeps the login that it has where the new one is refused', async () => {
    await start();
    await file.write({
      ...variables,
      VAULT_SECRET_ID: 'not-the-secret-id',
      LATTICE_ADMISSION: 'bootstrap-only',
    });
    leaks.keepSecret('not-the-secret-id');
    expect(await reload(daemon)).toMatchObject({
      msg: UNUSABLE,
      reason: expect.stringContaining('Vault refuses the login') as string,
    });
    await file.write({ ...variables, LATTICE_ADMISSION: 'bootstrap-only' });
    expect(await reload(daemon)).toMatchObject({ changed: { LATTICE_ADMISSION: 'open -> bootstrap-only' } });
    expect(await statusWith(FIRST_TOKEN, '/api/v1/identity/rotate-key', 'POST')).toBe(200);
  });

  it('never exchanges its key, and says where it is no longer kept', async () => {
    await start();
    const { privateKeyPem } = await generateKeyPair();
    leaks.keepSecret(privateKeyPem);
    await operator.put('keys', { private_key: privateKeyPem });
    await file.write({ ...variables, LATTICE_ADMISSION: 'bootstrap-only' });
    expect(await reload(daemon)).toMatchObject({ msg: IN_FORCE });
    await daemon.logged(
      'The secret store no longer holds the private key of this server: put it back, as no restart works without it',
      ({ place }) => place === `private_key of ${operator.mount}/lattice/keys in Vault`,
    );
    const announced = (await (await fetch(`${running.url}/api/v1/announcement`)).json()) as {
      public_key: string;
    };
    expect(announced.public_key).not.toBe(Signer.fromPrivateKey(privateKeyPem).publicKeyPem);
    const secretId = await operator.newSecretId();
    leaks.keepSecret(secretId);
    await file.write({ ...variables, VAULT_SECRET_ID: secretId });
    expect(await reload(daemon)).toMatchObject({
      msg: UNUSABLE,
      reason: expect.stringContaining('is not the private key of this server') as string,
    });
  });

  it('leaves another place in Vault to the restart, with its login', async () => {
    await start();
    await file.write({ ...variables, LATTICE_VAULT_PATH: 'elsewhere', VAULT_SECRET_ID: 'of-elsewhere' });
    leaks.keepSecret('of-elsewhere');
    expect(await reload(daemon)).toMatchObject({
      msg: NEEDS_RESTART,
      needsRestart: { LATTICE_VAULT_PATH: 'lattice -> elsewhere', VAULT_SECRET_ID: '(hidden) -> (hidden)' },
    });
    expect(server.count(LOGIN)).toBe(1);
  });
});
