import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VaultSettings } from '../../src/config/secret-store-choice.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { ManualClock } from '../../src/platform/manual-clock.js';
import { SeededRandom } from '../../src/platform/random.js';
import {
  MAX_VAULT_ANSWER_BYTES,
  VAULT_TIMEOUT_MS,
  type VaultUnavailable,
} from '../../src/secrets/vault/vault-fault.js';
import { VaultSecretStore } from '../../src/secrets/vault/vault-secret-store.js';
import { Authority, NO_OPENSSL } from '../support/certificates.js';
import { Leaks } from '../support/leaks.js';
import { VaultOperator } from '../support/vault.js';
import { VaultServer } from '../support/vault-server.js';
import { authority } from '../support/vaults.js';

const skipped = authority === null ? ` (skipped: ${NO_OPENSSL})` : '';

describe.skipIf(authority === null)(`what can be wrong between the daemon and Vault${skipped}`, () => {
  let clock: ManualClock;
  let server: VaultServer;
  let operator: VaultOperator;
  let settings: VaultSettings;
  const leaks = new Leaks();
  const cleanUps: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    clock = new ManualClock();
    server = await VaultServer.start(clock, authority!.issue('IP:127.0.0.1'));
    operator = operatorOf(server);
    settings = await operator.setUp();
    for (const method of ['log', 'error', 'warn', 'info'] as const)
      vi.spyOn(console, method).mockImplementation((...values) => leaks.saw(...(values as unknown[])));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    leaks.keepSecret(...server.model.given);
    await operator.close();
    await server.close();
    await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
  });
  afterAll(() => leaks.expectNone());

  function operatorOf({ address, model }: VaultServer): VaultOperator {
    return new VaultOperator({ address, caCertPath: authority!.caPath, rootToken: model.rootToken });
  }

  function open(changes: Partial<VaultSettings> = {}): VaultSecretStore {
    const surroundings = { clock, random: new SeededRandom(1), logger: new MemoryLogger() };
    return new VaultSecretStore({ ...settings, ...changes }, surroundings);
  }

  async function failure(work: Promise<unknown>): Promise<VaultUnavailable> {
    const error = await work.then(
      () => null,
      (reason: unknown) => reason as VaultUnavailable,
    );
    leaks.saw(error);
    expect(error).toMatchObject({ name: 'FederationError', code: 'secret_store_unavailable' });
    return error!;
  }

  const read = (changes: Partial<VaultSettings> = {}): Promise<VaultUnavailable> =>
    failure(open(changes).read('private_key'));

  /** Puts an answer in the place of the one for this path. */
  function answering(path: RegExp, answer: (response: ServerResponse) => void): void {
    server.misbehave = (response, request) => {
      if (!path.test(request.path)) return false;
      answer(response);
      return true;
    };
  }

  it('nobody listens', async () => {
    await server.close();
    const error = await read();
    expect(error.fault).toEqual({ kind: 'down', code: 'ECONNREFUSED' });
    expect(error.mayHeal).toBe(true);
    expect(error.message).toContain(server.address);
  });

  it('it hangs up', async () => {
    answering(/login/, (response) => response.destroy());
    expect((await read()).fault).toMatchObject({ kind: 'down' });
  });

  it('it is sealed', async () => {
    server.model.isSealed = true;
    const error = await read();
    expect(error.fault).toEqual({ kind: 'sealed' });
    expect(error.mayHeal).toBe(true);
    expect(error.message).toContain('vault operator unseal');
  });

  it.each([429, 412, 472, 500, 502, 503])('it is busy: %i', async (status) => {
    answering(/login/, (response) => response.writeHead(status).end('{"errors":["later"]}'));
    const error = await read();
    expect(error.fault).toEqual({ kind: 'busy', status });
    expect(error.mayHeal).toBe(true);
  });

  it('it never answers', async () => {
    answering(/login/, () => undefined);
    const reading = read();
    await server.asked('auth/approle/login', 1);
    await clock.advance(VAULT_TIMEOUT_MS);
    expect((await reading).fault).toEqual({ kind: 'slow' });
  });

  it('it answers byte by byte without end', async () => {
    answering(/login/, (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"auth":');
    });
    const reading = read();
    await server.asked('auth/approle/login', 1);
    await clock.advance(VAULT_TIMEOUT_MS);
    expect((await reading).fault).toEqual({ kind: 'slow' });
  });

  it('it answers more than it may', async () => {
    answering(/keys/, (response) => response.writeHead(200).end('x'.repeat(MAX_VAULT_ANSWER_BYTES + 1)));
    expect((await read()).fault).toEqual({ kind: 'oversized' });
  });

  it.each([
    ['no JSON', '<html>Welcome</html>'],
    ['JSON of another shape', '{"auth":{"client_token":7}}'],
    ['nothing', ''],
  ])('it answers %s to the login', async (_, body) => {
    answering(/login/, (response) => response.writeHead(200).end(body));
    expect((await read()).fault).toEqual({ kind: 'malformed' });
  });

  it.each([200, 404])('what answers %i for the secret is no Vault', async (status) => {
    answering(/keys/, (response) => response.writeHead(status).end('<html>Not here</html>'));
    expect((await read()).fault).toEqual({ kind: 'malformed' });
  });

  it('it redirects, and neither login nor token goes there', async () => {
    const elsewhere = await VaultServer.start(clock, authority!.issue('IP:127.0.0.1'));
    cleanUps.push(() => elsewhere.close());
    for (const path of [/login/, /keys/]) {
      const location = `${elsewhere.address}/v1/anything?with=more`;
      answering(path, (response) => response.writeHead(307, { location }).end());
      const error = await read();
      expect(error.fault).toEqual({ kind: 'redirect', to: elsewhere.address });
    }
    expect(elsewhere.requests).toEqual([]);
  });

  it('the certificate is signed by an authority that nobody named', async () => {
    const error = await read({ caCertPath: null });
    expect(error.fault).toEqual({ kind: 'unknown_ca' });
    expect(error.mayHeal).toBe(false);
    expect(error.message).toContain('set VAULT_CACERT');
    expect(server.count('auth/approle/login')).toBe(0);
  });

  it('the certificate is signed by another authority', async () => {
    const other = Authority.create()!;
    cleanUps.push(() => Promise.resolve(other.remove()));
    const error = await read({ caCertPath: other.caPath });
    expect(error.fault).toEqual({ kind: 'unknown_ca' });
    expect(error.message).toContain(other.caPath);
  });

  it('the certificate is for another name', async () => {
    const error = await read({ address: `https://localhost:${server.port}` });
    expect(error.fault).toEqual({ kind: 'name_mismatch' });
    expect(server.count('auth/approle/login')).toBe(0);
  });

  it('VAULT_CACERT names no file, or one that is no certificate', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lattice-vault-'));
    cleanUps.push(() => rm(folder, { recursive: true }));
    const missing = join(folder, 'missing.pem');
    const error = await read({ caCertPath: missing });
    expect(error.fault).toEqual({ kind: 'ca_unreadable', code: 'ENOENT' });
    expect(error.message).toContain(missing);
    await writeFile(join(folder, 'key.pem'), 'no certificate');
    expect((await read({ caCertPath: join(folder, 'key.pem') })).fault).toEqual({ kind: 'ca_not_pem' });
  });

  it('the certificate of the authority is read anew at the next login, once it is right', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lattice-vault-'));
    cleanUps.push(() => rm(folder, { recursive: true }));
    const caCertPath = join(folder, 'ca.pem');
    const store = open({ caCertPath });
    expect((await failure(store.read('private_key'))).fault.kind).toBe('ca_unreadable');
    await writeFile(caCertPath, await readFile(authority!.caPath));
    expect(await store.read('private_key')).toBeNull();
  });

  it('the certificate of the authority is read anew where Vault shows one of another, though a token is held', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lattice-vault-'));
    const successor = Authority.create()!;
    cleanUps.push(async () => {
      successor.remove();
      await rm(folder, { recursive: true });
    });
    const caCertPath = join(folder, 'ca.pem');
    await writeFile(caCertPath, await readFile(authority!.caPath));
    const store = open({ caCertPath });
    expect(await store.read('private_key')).toBeNull();
    await server.close();
    await server.open(successor.issue('IP:127.0.0.1'));
    expect((await failure(store.read('private_key'))).fault.kind).toBe('unknown_ca');
    await writeFile(caCertPath, await readFile(successor.caPath));
    expect(await store.read('private_key')).toBeNull();
    expect(server.count('auth/approle/login')).toBe(1);
  });

  it('https is asked of a server without TLS', async () => {
    const plain = await VaultServer.start(clock, null);
    cleanUps.push(() => plain.close());
    const error = await read({ address: `https://127.0.0.1:${plain.port}` });
    expect(error.fault).toEqual({ kind: 'no_tls_there' });
  });

  it('a Vault with TLS is asked without', async () => {
    const plain = await VaultServer.start(clock, null);
    cleanUps.push(() => plain.close());
    plain.misbehave = (response) => {
      response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n');
      return true;
    };
    expect((await read({ address: plain.address })).fault).toEqual({ kind: 'tls_needed' });
  });

  it('there is no AppRole login', async () => {
    server.model.isAppRoleEnabled = false;
    expect((await read()).fault).toEqual({ kind: 'approle_missing' });
    answering(/login/, (response) => response.writeHead(403).end('{"errors":["permission denied"]}'));
    expect((await read()).fault).toEqual({ kind: 'login_forbidden' });
  });

  it('the namespace is another one', async () => {
    server.model.namespace = 'lattice';
    const error = await read({ namespace: 'elsewhere' });
    expect(error.fault).toEqual({ kind: 'approle_missing' });
    expect(error.message).toContain('in the namespace elsewhere');
    expect(await open({ namespace: 'lattice' }).read('private_key')).toBeNull();
  });

  it('the login is bound to other addresses', async () => {
    const words = 'source address "127.0.0.1" unauthorized through CIDR restrictions on the secret ID';
    answering(/login/, (response) => response.writeHead(400).end(JSON.stringify({ errors: [words] })));
    expect((await read()).fault).toEqual({ kind: 'login_elsewhere' });
  });

  it('Vault itself quotes the secret id, which is not passed on', async () => {
    const words = `invalid secret_id "${settings.secretId}"`;
    answering(/login/, (response) => response.writeHead(400).end(JSON.stringify({ errors: [words] })));
    const error = await read();
    expect(error.fault).toEqual({ kind: 'login_refused' });
    expect(error.message).not.toContain(settings.secretId);
  });

  describe('somebody else writes at the same time', () => {
    /** Just before a write of ours arrives, `times` times. */
    function interfere(times: number, fields: (time: number) => Record<string, unknown>): void {
      let left = times;
      const path = `${operator.mount}/data/lattice/keys`;
      server.misbehave = (_, { method, path: asked, token }) => {
        if (method !== 'POST' || asked !== path || token === server.model.rootToken || left === 0)
          return false;
        left -= 1;
        const body = { data: fields(left) };
        server.model.answer({ method, path, token: server.model.rootToken, namespace: null, body });
        return false;
      };
    }

    it('another field: ours goes on top of theirs', async () => {
      interfere(2, (time) => ({ note: `theirs ${time}` }));
      await open().write('private_key', 'ours');
      expect(await operator.get('keys')).toEqual({
        version: 3,
        fields: { note: 'theirs 0', private_key: 'ours' },
      });
    });

    it('the same field: theirs stays', async () => {
      interfere(1, () => ({ private_key: 'theirs' }));
      const error = await failure(open().write('private_key', 'ours'));
      expect(error.fault).toEqual({ kind: 'field_taken', secret: 'keys', field: 'private_key' });
      expect((await operator.get('keys'))?.fields).toEqual({ private_key: 'theirs' });
    });

    it('without end: it is given up, and may be tried again', async () => {
      interfere(100, (time) => ({ note: `theirs ${time}` }));
      const error = await failure(open().write('private_key', 'ours'));
      expect(error.fault).toEqual({ kind: 'contended', secret: 'keys' });
      expect(error.mayHeal).toBe(true);
    });
  });
});
