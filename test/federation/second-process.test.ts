import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { IdentityRepository } from '../../src/identity/identity.repository.js';
import { openIdentity, type IdentityParts } from '../../src/identity/open-identity.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { generateKeyPair, Signer } from '../../src/platform/keys.js';
import { ManualClock } from '../../src/platform/manual-clock.js';
import { SystemRandom } from '../../src/platform/random.js';
import { FileSecretStore } from '../../src/secrets/file-secret-store.js';
import { SecretStore } from '../../src/secrets/secret-store.js';
import { databaseKinds, type DatabasePlace } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

const postgres = databaseKinds.find(({ kind }) => kind === 'postgres')!;
const rotate = (daemon: TestDaemon): Promise<Answer> => daemon.post('/api/v1/identity/rotate-key', {});

/** The embedded database lets no second process into its folder. */
describe.skipIf(postgres.missing)(`a second start on one identity on ${postgres.title}`, () => {
  let federation: Federation;
  let place: DatabasePlace;
  let database: Database;
  const opened: Database[] = [];

  beforeEach(() => {
    federation = new Federation(postgres);
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await federation.end();
  });

  /** What another process has, up to the port that it cannot have. */
  async function second(at: DatabasePlace): Promise<IdentityParts> {
    database = await openDatabase(at, new MemoryLogger());
    opened.push(database);
    const repository = new IdentityRepository(database);
    const secrets = new FileSecretStore(at.dataDir);
    return { repository, secrets, clock: new ManualClock(), random: new SystemRandom() };
  }

  async function owner(): Promise<{ daemon: TestDaemon; secrets: SecretStore; other: IdentityParts }> {
    const daemon = await federation.start('a.example');
    place = daemon.place;
    const secrets = daemon.daemon.app.get(SecretStore, { strict: false });
    return { daemon, secrets, other: await second(place) };
  }

  /** Until it is over, or waits for what the first holds. */
  async function overOrWaiting(start: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    start.then(over, over);
    const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'identity'::regclass`;
    while (!isOver && (await database.query(waiting)).length === 0);
  }

  async function startsWith(daemon: TestDaemon, fingerprint: string): Promise<void> {
    expect((await (await federation.restart(daemon)).identity()).fingerprint).toBe(fingerprint);
  }

  it('takes no key for a leftover that a rotation is about to commit', async () => {
    const { daemon, secrets, other } = await owner();
    const before = (await daemon.identity()).fingerprint;
    let start: ReturnType<typeof openIdentity> | null = null;
    secrets.write = async (name, value) => {
      await FileSecretStore.prototype.write.call(secrets, name, value);
      start = openIdentity(other, null);
      await overOrWaiting(start);
    };
    const { status, body } = await rotate(daemon);
    expect(status).toBe(200);
    expect(body.fingerprint).not.toBe(before);
    expect((await start!).signer.fingerprint).toBe(body.fingerprint);
    Reflect.deleteProperty(secrets, 'write');
    await startsWith(daemon, body.fingerprint as string);
  });

  it('may put the new key in its place before the one that rotated does', async () => {
    const { daemon, secrets, other } = await owner();
    secrets.promote = async (from, to) => {
      await openIdentity(other, null);
      await FileSecretStore.prototype.promote.call(secrets, from, to);
    };
    const { status, body } = await rotate(daemon);
    expect(status).toBe(200);
    Reflect.deleteProperty(secrets, 'promote');
    await startsWith(daemon, body.fingerprint as string);
  });

  it('that went on to rotate ends a rotation or revocation by the old key, and is followed', async () => {
    const { daemon, other } = await owner();
    const rotateAtOther = async (): Promise<string> => {
      const { identity } = await openIdentity(other, null);
      const { privateKeyPem, publicKeyPem: publicKey } = await generateKeyPair();
      const { fingerprint } = Signer.fromPrivateKey(privateKeyPem);
      const statement = { kind: 'key_rotation', body: '{}', createdAt: 0 } as const;
      const store = (): Promise<void> => other.secrets.write('next_private_key', privateKeyPem);
      await other.repository.commitRotation(identity, { publicKey, fingerprint }, statement, store);
      return fingerprint;
    };
    const first = await rotateAtOther();
    expect(outcome(await rotate(daemon))).toBe('500 internal_error');
    await daemon.get('/api/v1/announcement');
    expect((await daemon.identity()).fingerprint).toBe(first);
    const last = await rotateAtOther();
    const confirmed = { reason: 'stolen', confirm: 'permanently' };
    expect(outcome(await daemon.post('/api/v1/identity/revoke', confirmed))).toBe('500 internal_error');
    await database.query('DELETE FROM own_statements');
    await startsWith(daemon, last);
  });

  it('at the very first start makes no second identity', async () => {
    const empty = await postgres.create();
    const all = [await second(empty), await second(empty)];
    const made = await Promise.all(all.map((parts) => openIdentity(parts, null)));
    expect(made[1]!.identity).toEqual(made[0]!.identity);
    expect(await all[0]!.secrets.read('private_key')).not.toBeNull();
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await empty.remove();
  });
});
