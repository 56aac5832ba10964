import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { ManualClock } from '../../src/platform/manual-clock.js';
import { SeededRandom } from '../../src/platform/random.js';
import { VAULT_TIMEOUT_MS } from '../../src/secrets/vault/vault-fault.js';
import { VaultSecretStore } from '../../src/secrets/vault/vault-secret-store.js';
import { Leaks } from '../support/leaks.js';
import { VaultOperator, type RoleOptions } from '../support/vault.js';
import { VaultServer } from '../support/vault-server.js';

const LOGIN = 'auth/approle/login';
const RENEW = 'auth/token/renew-self';
const MINUTE = 60_000;
const STEP_MS = VAULT_TIMEOUT_MS - 1_000;

/** Time stands still but for what a test advances; the stand-in and the daemon look at the same clock. */
describe('the token of Vault', () => {
  let clock: ManualClock;
  let server: VaultServer;
  let operator: VaultOperator;
  let log: MemoryLogger;
  let store: VaultSecretStore;
  let secretId: string;
  const leaks = new Leaks();

  beforeEach(async () => {
    clock = new ManualClock();
    server = await VaultServer.start(clock, null);
    const { address, model } = server;
    operator = new VaultOperator({ address, caCertPath: null, rootToken: model.rootToken });
    log = new MemoryLogger();
  });
  afterEach(async () => {
    await store.close();
    leaks.keepSecret(...server.model.given);
    leaks.saw(log.entries);
    await operator.close();
    await server.close();
    leaks.expectNone();
  });

  async function logIn(options: RoleOptions): Promise<void> {
    const settings = await operator.setUp(options);
    secretId = settings.secretId;
    store = new VaultSecretStore(settings, { clock, random: new SeededRandom(1), logger: log });
    await store.read('private_key');
  }

  /** Advances until this path is asked for once more, and lets that call come to its end. */
  async function beat(path: string): Promise<void> {
    const times = server.count(path) + 1;
    while (server.count(path) < times) await pass(STEP_MS);
  }

  /** Steps below the deadline of a call, each of which may begin one, wait for it. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await clock.advance(STEP_MS);
      await store.read('private_key').catch(() => null);
    }
  }

  it('is taken once, for any number of reads', async () => {
    await logIn({});
    await Promise.all([store.read('private_key'), store.read('admin_token'), store.read('app_url')]);
    expect(server.count(LOGIN)).toBe(1);
  });

  it('is renewed before it ends, and then lives on without a new login', async () => {
    const startedAt = clock.now();
    await logIn({ tokenTtlSeconds: 900 });
    for (let beats = 0; beats < 6; beats += 1) await beat(RENEW);
    expect(server.count(LOGIN)).toBe(1);
    expect(clock.now() - startedAt).toBeGreaterThan(900_000);
  });

  it('is replaced by a new login when its greatest life comes near', async () => {
    await logIn({ tokenTtlSeconds: 1800, tokenMaxTtlSeconds: 3600 });
    const before = [...server.model.tokens.keys()].at(-1)!;
    await beat(LOGIN);
    expect(server.model.tokens.get(before)!.expiresAt).toBeGreaterThan(clock.now());
    expect(store.problem).toBeNull();
  });

  it('that ended while nobody looked is replaced when it is needed', async () => {
    await logIn({ tokenTtlSeconds: 1800 });
    server.model.tokens.clear();
    await store.read('private_key');
    expect(server.count(LOGIN)).toBe(2);
  });

  it('is given back in the end', async () => {
    await logIn({});
    await store.close();
    expect([...server.model.tokens.keys()]).toEqual([server.model.rootToken]);
  });

  it('Vault goes away and comes back: both are said once, and the token lives on', async () => {
    await logIn({ tokenTtlSeconds: 3600 });
    await server.close();
    await pass(5 * MINUTE);
    expect(store.problem).toMatch(/cannot be reached/);
    await pass(5 * MINUTE);
    const reasons = log.entries.filter(({ level }) => level === 'warn').map(({ fields }) => fields['reason']);
    expect(reasons.length).toBeGreaterThan(0);
    expect(new Set(reasons).size).toBe(reasons.length);

    await server.open();
    await beat(RENEW);
    expect(store.problem).toBeNull();
    expect(log.entries.map(({ message }) => message)).toContain('Vault can be used again');
    expect(server.count(LOGIN)).toBe(1);
  });

  it('Vault is sealed for longer than the token lives: the next login is tried until it works', async () => {
    await logIn({ tokenTtlSeconds: 300 });
    server.model.isSealed = true;
    await beat(LOGIN);
    expect(store.problem).toMatch(/is sealed/);
    server.model.isSealed = false;
    await beat(LOGIN);
    expect(store.problem).toBeNull();
    expect(await store.read('private_key')).toBeNull();
  });

  it('a secret id that expired is told with its time, and not tried again and again', async () => {
    await logIn({ tokenTtlSeconds: 600, tokenMaxTtlSeconds: 600, secretIdTtlSeconds: 60 });
    await beat(LOGIN);
    expect(store.problem).toMatch(/The secret id expired at 2026-01-01T00:01:00/);
    const logins = server.count(LOGIN);
    await clock.advance(20 * MINUTE);
    expect(server.count(LOGIN)).toBe(logins);
  });

  it('a secret id that was used up is told as such, and warned of before', async () => {
    await logIn({ tokenTtlSeconds: 600, tokenMaxTtlSeconds: 600, secretIdUses: 1 });
    expect(log.entries).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: { component: 'vault', reason: 'no uses left' } }),
    );
    await beat(LOGIN);
    expect(store.problem).toMatch(/The secret id is used up/);
  });

  it('a secret id without an end warns of nothing', async () => {
    await logIn({});
    expect(log.entries.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('a secret id that was withdrawn is told as one that worked before', async () => {
    await logIn({ tokenTtlSeconds: 600, tokenMaxTtlSeconds: 600 });
    await operator.withdraw(secretId);
    await beat(LOGIN);
    expect(store.problem).toMatch(/no longer takes the login that it took before/);
  });
});
