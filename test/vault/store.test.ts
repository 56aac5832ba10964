import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VaultSettings } from '../../src/config/secret-store-choice.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { SystemClock } from '../../src/platform/clock.js';
import { generateKeyPair } from '../../src/platform/keys.js';
import { SeededRandom } from '../../src/platform/random.js';
import { readStoredSettings } from '../../src/secrets/stored-settings.js';
import type { VaultFault, VaultUnavailable } from '../../src/secrets/vault/vault-fault.js';
import { VaultSecretStore } from '../../src/secrets/vault/vault-secret-store.js';
import { Leaks } from '../support/leaks.js';
import { VaultOperator, type RoleOptions } from '../support/vault.js';
import { vaultsUnderTest, type RunningVault } from '../support/vaults.js';

for (const under of vaultsUnderTest) {
  describe.skipIf(under.missing)(`secrets in Vault, on ${under.title}`, () => {
    let vault: RunningVault;
    let operator: VaultOperator;
    let log: MemoryLogger;
    const leaks = new Leaks();
    const stores: VaultSecretStore[] = [];

    beforeAll(async () => {
      vault = await under.start();
    });
    afterAll(async () => {
      leaks.keepSecret(...vault.given());
      await vault.stop();
      leaks.expectNone();
    });
    beforeEach(() => {
      operator = new VaultOperator(vault.place);
      log = new MemoryLogger();
      for (const method of ['log', 'error', 'warn', 'info'] as const)
        vi.spyOn(console, method).mockImplementation((...values) => leaks.saw(...(values as unknown[])));
    });
    afterEach(async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()));
      await operator.close();
      leaks.saw(log.entries);
      vi.restoreAllMocks();
    });

    function open(settings: VaultSettings): VaultSecretStore {
      leaks.keepSecret(settings.secretId);
      const surroundings = { clock: new SystemClock(), random: new SeededRandom(1), logger: log };
      const store = new VaultSecretStore(settings, surroundings);
      stores.push(store);
      leaks.saw(store);
      return store;
    }

    async function openNew(options: RoleOptions = {}): Promise<VaultSecretStore> {
      return open(await operator.setUp(options));
    }

    async function faultOf(work: Promise<unknown>): Promise<VaultFault> {
      const error = await work.then(
        () => null,
        (reason: unknown) => reason as VaultUnavailable,
      );
      leaks.saw(error);
      expect(error).toMatchObject({ name: 'FederationError', code: 'secret_store_unavailable' });
      return error!.fault;
    }

    async function newKey(): Promise<string> {
      const { privateKeyPem } = await generateKeyPair();
      leaks.keepSecret(privateKeyPem);
      return privateKeyPem;
    }

    it('holds nothing before the first write', async () => {
      const store = await openNew();
      expect(await store.read('private_key')).toBeNull();
      expect(await readStoredSettings(store)).toEqual({});
    });

    it('gives back a key to the byte, as it stands in Vault under keys', async () => {
      const [store, key] = [await openNew(), await newKey()];
      await store.write('private_key', key);
      expect(await store.read('private_key')).toBe(key);
      expect(await operator.get('keys')).toEqual({ version: 1, fields: { private_key: key } });
      leaks.saw(store);
    });

    it('writes the first key beside what an operator put there', async () => {
      const [store, key] = [await openNew(), await newKey()];
      await operator.put('keys', { note: 'do not touch', nested: { count: 7 } });
      await store.write('private_key', key);
      expect(await operator.get('keys')).toEqual({
        version: 2,
        fields: { note: 'do not touch', nested: { count: 7 }, private_key: key },
      });
    });

    it('moves the next key over the current one in one version', async () => {
      const [store, old, next] = [await openNew(), await newKey(), await newKey()];
      await operator.put('keys', { private_key: old, next_private_key: next, note: 'kept' });
      await store.promote('next_private_key', 'private_key');
      expect(await operator.get('keys')).toEqual({ version: 2, fields: { private_key: next, note: 'kept' } });
    });

    it('keeps the current key where there is no next one', async () => {
      const [store, old] = [await openNew(), await newKey()];
      await operator.put('keys', { private_key: old });
      const fault = await faultOf(store.promote('next_private_key', 'private_key'));
      expect(fault).toEqual({ kind: 'field_missing', secret: 'keys', field: 'next_private_key' });
      expect(await operator.get('keys')).toEqual({ version: 1, fields: { private_key: old } });
    });

    it('forgets what is removed, and writes no version where there was nothing', async () => {
      const [store, old, next] = [await openNew(), await newKey(), await newKey()];
      await operator.put('keys', { private_key: old, next_private_key: next });
      await store.remove('next_private_key');
      await store.remove('next_private_key');
      expect(await operator.get('keys')).toEqual({ version: 2, fields: { private_key: old } });
    });

    it('reads the settings under services, without the line end of a file', async () => {
      const store = await openNew();
      leaks.keepSecret('an-admin-token-of-this-test');
      await operator.put('services', {
        app_url: 'https://chat.example\n',
        LATTICE_BOOTSTRAP_SERVERS: 'https://hub.example/discovery',
        admin_token: 'an-admin-token-of-this-test',
        database_url: '',
      });
      expect(await readStoredSettings(store)).toEqual({
        app_url: 'https://chat.example',
        bootstrap_servers: 'https://hub.example/discovery',
        admin_token: 'an-admin-token-of-this-test',
      });
    });

    it('writes of two names at once lose none', async () => {
      const [store, old, next] = [await openNew(), await newKey(), await newKey()];
      await Promise.all([store.write('private_key', old), store.write('next_private_key', next)]);
      expect((await operator.get('keys'))?.fields).toEqual({ private_key: old, next_private_key: next });
    });

    it('of two daemons that write a first key at once, one is told and none is overwritten', async () => {
      const settings = await operator.setUp();
      const [one, two, first, second] = [open(settings), open(settings), await newKey(), await newKey()];
      const outcomes = await Promise.allSettled([
        one.write('private_key', first),
        two.write('private_key', second),
      ]);
      const held = await one.read('private_key');
      const told = outcomes.filter((outcome) => outcome.status === 'rejected');
      // Where the second read what the first had written already, it replaced it knowingly.
      expect(told.length).toBeLessThanOrEqual(1);
      if (told.length === 1) {
        expect((told[0]?.reason as VaultUnavailable).fault.kind).toBe('field_taken');
        expect(held).toBe(outcomes[0]?.status === 'fulfilled' ? first : second);
      }
    });

    it('logs in again when its token was revoked', async () => {
      const settings = await operator.setUp();
      const store = open(settings);
      await store.write('private_key', await newKey());
      await vault.revokeTokens();
      expect(await store.read('private_key')).toContain('PRIVATE KEY');
    });

    describe('each refusal is told apart:', () => {
      it('a wrong role id or secret id', async () => {
        const settings = await operator.setUp();
        for (const wrong of [{ roleId: 'no-such-role-id' }, { secretId: 'no-such-secret-id' }]) {
          expect(await faultOf(open({ ...settings, ...wrong }).read('private_key'))).toEqual({
            kind: 'login_refused',
          });
        }
      });

      it('a secret id that was withdrawn before it was ever used', async () => {
        const settings = await operator.setUp();
        await operator.withdraw(settings.secretId);
        expect(await faultOf(open(settings).read('private_key'))).toEqual({ kind: 'login_refused' });
      });

      it('a secret id that was withdrawn later', async () => {
        const settings = await operator.setUp();
        const store = open(settings);
        await store.read('private_key');
        await operator.withdraw(settings.secretId);
        await vault.revokeTokens();
        expect(await faultOf(store.read('private_key'))).toEqual({ kind: 'login_no_longer_taken' });
        expect(store.problem).toMatch(/no longer takes the login/);
      });

      it('a secret id whose uses are spent', async () => {
        const store = await openNew({ secretIdUses: 1 });
        await store.read('private_key');
        expect(log.entries).toContainEqual(
          expect.objectContaining({
            level: 'warn',
            message: expect.stringMatching(/secret id of Vault ends/) as string,
          }),
        );
        await vault.revokeTokens();
        expect(await faultOf(store.read('private_key'))).toEqual({ kind: 'secret_id_used_up' });
      });

      it('a role without a policy for the secret', async () => {
        const policy = 'path "elsewhere/*" {\n  capabilities = ["read"]\n}';
        const store = await openNew({ policy });
        expect(await faultOf(store.read('private_key'))).toEqual({ kind: 'forbidden', secret: 'keys' });
      });

      it('a role that may read and not write', async () => {
        const path = `${operator.mount}/data/lattice/keys`;
        const store = await openNew({ policy: `path "${path}" {\n  capabilities = ["read"]\n}` });
        expect(await store.read('private_key')).toBeNull();
        expect(await faultOf(store.write('private_key', await newKey()))).toEqual({
          kind: 'forbidden',
          secret: 'keys',
        });
      });

      it('a mount that there is not', async () => {
        const elsewhere = `${operator.mount}-none`;
        const policy = `path "${elsewhere}/*" {\n  capabilities = ["create", "read", "update"]\n}`;
        const settings = { ...(await operator.setUp({ policy })), mount: elsewhere };
        expect(await faultOf(open(settings).read('private_key'))).toEqual({ kind: 'wrong_mount' });
      });

      it('an engine of version 1, empty: nothing is written into it', async () => {
        const settings = await operator.setUp(
          { policy: `path "${operator.mount}/*" {\n  capabilities = ["create", "read", "update"]\n}` },
          '1',
        );
        const store = open(settings);
        expect(await faultOf(store.write('private_key', await newKey()))).toEqual({ kind: 'not_kv2' });
        expect(await operator.get('keys')).toBeNull();
      });

      it('an engine of version 1 with something at that path', async () => {
        const settings = await operator.setUp(
          { policy: `path "${operator.mount}/*" {\n  capabilities = ["read"]\n}` },
          '1',
        );
        await operator.call('POST', `${operator.mount}/data/lattice/keys`, { private_key: 'x' });
        expect(await faultOf(open(settings).read('private_key'))).toEqual({ kind: 'not_kv2' });
      });

      it('a newest version that was deleted', async () => {
        const store = await openNew();
        await operator.put('keys', { private_key: await newKey() });
        await operator.deleteNewest('keys');
        const deleted = { kind: 'deleted', secret: 'keys', version: 1 };
        expect(await faultOf(store.read('private_key'))).toEqual(deleted);
        expect(await faultOf(store.write('private_key', await newKey()))).toEqual(deleted);
      });

      it('a field that is not text', async () => {
        const store = await openNew();
        await operator.put('services', { admin_token: 1234567890123456 });
        expect(await faultOf(store.read('admin_token'))).toEqual({
          kind: 'field_not_text',
          secret: 'services',
          field: 'admin_token',
        });
      });
    });
  });
}
