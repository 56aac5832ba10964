import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { FederationError } from '../../src/protocol/errors.js';
import { SecretStore } from '../../src/secrets/secret-store.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

const rotate = (daemon: TestDaemon): Promise<Answer> => daemon.post('/api/v1/identity/rotate-key', {});
const lost = (): FederationError => new FederationError('database_unavailable', 'the connection broke');
const away = (): FederationError => new FederationError('secret_store_unavailable', 'the disk is full');

onEachDatabase('a key rotation that is interrupted', (under) => {
  let federation: Federation;
  let owner: TestDaemon;
  let peer: TestDaemon;
  let secrets: SecretStore;
  let database: Database;

  beforeEach(async () => {
    federation = new Federation(under);
    [owner, peer] = (await federation.meet('a.example', 'b.example')) as [TestDaemon, TestDaemon];
    secrets = owner.daemon.app.get(SecretStore, { strict: false });
    database = owner.daemon.app.get(Database, { strict: false });
  });

  afterEach(() => federation.end());

  const fingerprint = async (): Promise<string> => (await owner.identity()).fingerprint;
  /** It signs with a key that its peer takes, now and after a start, and its key can be changed. */
  async function works(): Promise<void> {
    await owner.task('deliver-statements');
    expect(outcome(await owner.announceTo(peer))).toBe('200');
    const before = await fingerprint();
    owner = await federation.restart(owner);
    expect(await fingerprint()).toBe(before);
    expect(outcome(await owner.announceTo(peer))).toBe('200');
    expect(outcome(await rotate(owner))).toBe('200');
    await owner.task('deliver-statements');
    expect(await fingerprint()).not.toBe(before);
    expect(outcome(await owner.announceTo(peer))).toBe('200');
  }

  it('before its key is stored leaves the old key', async () => {
    const before = await fingerprint();
    secrets.write = () => Promise.reject(away());
    expect(outcome(await rotate(owner))).toBe('503 secret_store_unavailable');
    expect(await fingerprint()).toBe(before);
    await works();
  });

  it('before its commit leaves the old key', async () => {
    const before = await fingerprint();
    database.transaction = () => Promise.reject(lost());
    expect(outcome(await rotate(owner))).toBe('503 database_unavailable');
    Reflect.deleteProperty(database, 'transaction');
    await owner.get('/api/v1/announcement');
    expect(await fingerprint()).toBe(before);
    await works();
  });

  it('after its commit, before it hears of it, leaves the new key', async () => {
    const before = await fingerprint();
    database.transaction = async (work) => {
      await Database.prototype.transaction.call(database, work);
      throw lost();
    };
    expect(outcome(await rotate(owner))).toBe('503 database_unavailable');
    Reflect.deleteProperty(database, 'transaction');
    const { body } = await owner.get('/api/v1/announcement');
    expect(await fingerprint()).not.toBe(before);
    expect(body.public_key).toBe(owner.daemon.identity.self.publicKey);
    await works();
  });

  it('before its key is in its place leaves the new key', async () => {
    const before = await fingerprint();
    secrets.promote = () => Promise.reject(away());
    expect(outcome(await rotate(owner))).toBe('503 secret_store_unavailable');
    expect(await fingerprint()).not.toBe(before);
    await works();
  });

  it('signs nothing while it cannot be known which key holds', async () => {
    database.transaction = () => Promise.reject(lost());
    await rotate(owner);
    database.query = () => Promise.reject(lost());
    expect(outcome(await owner.get('/api/v1/announcement'))).toBe('503 database_unavailable');
    expect(outcome(await rotate(owner))).toBe('503 database_unavailable');
    Reflect.deleteProperty(database, 'query');
    Reflect.deleteProperty(database, 'transaction');
    await works();
  });
});
