import { describe, expect, it } from 'vitest';
import { EventBus } from '../observability/events.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { Signer } from '../platform/keys.js';
import { ManualClock } from '../platform/manual-clock.js';
import { SeededRandom } from '../platform/random.js';
import { SecretStore, type SecretName } from '../secrets/secret-store.js';
import type { Identity } from './identity.js';
import type { IdentityRepository } from './identity.repository.js';
import { IdentityService } from './identity.service.js';
import { openIdentity } from './open-identity.js';

/** Keeps secrets in memory; `promote` can be made to fail. */
class MemorySecrets extends SecretStore {
  readonly values = new Map<SecretName, string>();
  canPromote = true;

  read(name: SecretName): Promise<string | null> {
    return Promise.resolve(this.values.get(name) ?? null);
  }

  write(name: SecretName, value: string): Promise<void> {
    this.values.set(name, value);
    return Promise.resolve();
  }

  promote(from: SecretName, to: SecretName): Promise<void> {
    if (!this.canPromote) return Promise.reject(new Error('the secret store is away'));
    this.values.set(to, this.values.get(from)!);
    this.values.delete(from);
    return Promise.resolve();
  }

  remove(name: SecretName): Promise<void> {
    this.values.delete(name);
    return Promise.resolve();
  }

  publicKeys(): string[] {
    return [...this.values.values()].map((pem) => Signer.fromPrivateKey(pem).publicKeyPem);
  }
}

/** One identity row; a commit can happen and then lose its connection, or be refused before it begins. */
class MemoryRepository implements Pick<
  IdentityRepository,
  'hold' | 'rename' | 'commitRotation' | 'commitRevocation'
> {
  row: Identity | null = null;
  fault: 'none' | 'before commit' | 'after commit' = 'none';

  hold: IdentityRepository['hold'] = async (work) => {
    const insert = (identity: Identity): Promise<void> => this.put(identity);
    return work({ identity: await this.load(), insert, rename: this.rename });
  };

  load = (): Promise<Identity | null> => Promise.resolve(this.row);

  rename = (serverId: string): Promise<void> => this.put({ ...this.row!, serverId });

  commitRotation: IdentityRepository['commitRotation'] = async (_from, key, _statement, storeKey) => {
    await storeKey();
    await this.put({ ...this.row!, ...key });
  };

  commitRevocation: IdentityRepository['commitRevocation'] = (_from, statement) =>
    this.put({ ...this.row!, revokedAt: statement.createdAt });

  private put(row: Identity): Promise<void> {
    if (this.fault === 'before commit') return Promise.reject(new Error('connection lost'));
    this.row = row;
    return this.fault === 'none' ? Promise.resolve() : Promise.reject(new Error('connection lost'));
  }
}

async function start() {
  const secrets = new MemorySecrets();
  const rows = new MemoryRepository();
  const repository = rows as unknown as IdentityRepository;
  const clock = new ManualClock();
  const parts = { repository, secrets, clock, random: new SeededRandom(1) };
  const open = () => openIdentity(parts, null);
  const endpoints = { discovery: 'https://us.example', federation: 'https://us.example/federation' };
  const events = new EventBus(new MemoryLogger());
  const service = new IdentityService(
    await open(),
    { endpoints, supportedVersions: ['1.0'] },
    repository,
    secrets,
    clock,
    events,
  );
  return { service, secrets, rows, open, events };
}

describe('after a rotation that was interrupted, the key on file is in the secret store', () => {
  it('when its commit happened unheard, and the next rotation fails before its own', async () => {
    const { service, secrets, rows, open } = await start();
    rows.fault = 'after commit';
    await expect(service.rotateKey('upgrade')).rejects.toThrow('connection lost');
    rows.fault = 'before commit';
    await expect(service.rotateKey('upgrade')).rejects.toThrow('connection lost');
    expect(secrets.publicKeys()).toContain(rows.row!.publicKey);
    expect((await open()).signer.publicKeyPem).toBe(rows.row!.publicKey);
  });

  it('when its key could not be promoted, and the next rotation fails before its commit', async () => {
    const { service, secrets, rows, open } = await start();
    secrets.canPromote = false;
    await expect(service.rotateKey('upgrade')).rejects.toThrow('secret store');
    secrets.canPromote = true;
    rows.fault = 'before commit';
    await expect(service.rotateKey('upgrade')).rejects.toThrow('connection lost');
    expect((await open()).signer.publicKeyPem).toBe(rows.row!.publicKey);
  });

  it('and a rotation that nothing disturbs leaves exactly that key', async () => {
    const { service, secrets, rows } = await start();
    const before = rows.row!.publicKey;
    await service.rotateKey('scheduled');
    expect(rows.row!.publicKey).not.toBe(before);
    expect(secrets.publicKeys()).toEqual([rows.row!.publicKey]);
  });

  it('when the row was still being looked up as the next rotation began', async () => {
    const { service, rows, open } = await start();
    rows.fault = 'before commit';
    await expect(service.rotateKey('upgrade')).rejects.toThrow('connection lost');
    rows.fault = 'none';
    let lookUps = 0;
    let answer = (): void => undefined;
    const row = rows.row;
    rows.load = () => new Promise((resolve) => ((lookUps += 1), (answer = () => resolve(row))));
    const both = Promise.all([service.announcement(), service.rotateKey('upgrade')]);
    await new Promise(setImmediate);
    expect(lookUps).toBe(1);
    answer();
    await both;
    rows.load = () => Promise.resolve(rows.row);
    expect((await open()).signer.publicKeyPem).toBe(rows.row!.publicKey);
  });
});

describe('a change whose commit happened unheard is told as soon as it is found', () => {
  it.each([
    ['rotated', (service: IdentityService) => service.rotateKey('upgrade')],
    ['renamed', (service: IdentityService) => service.rename('new.example')],
  ] as const)('as %s', async (change, make) => {
    const { service, rows, events } = await start();
    const told: string[] = [];
    events.on('identity.changed', (event) => void told.push(event.change));
    rows.fault = 'after commit';
    await expect(make(service)).rejects.toThrow('connection lost');
    expect(told).toEqual([]);
    await service.announcement();
    expect(told).toEqual([change]);
    await service.announcement();
    expect(told).toEqual([change]);
  });

  it('as revoked', async () => {
    const { service, rows, events } = await start();
    const told = events.once('identity.changed');
    rows.fault = 'after commit';
    await expect(service.revoke('stolen')).rejects.toThrow('connection lost');
    await expect(service.announcement()).rejects.toMatchObject({ code: 'own_identity_revoked' });
    expect(await told).toMatchObject({ change: 'revoked' });
  });

  it('and one that did not happen is not', async () => {
    const { service, rows, events } = await start();
    const told: string[] = [];
    events.on('identity.changed', (event) => void told.push(event.change));
    rows.fault = 'before commit';
    await expect(service.rotateKey('upgrade')).rejects.toThrow('connection lost');
    await service.announcement();
    expect(told).toEqual([]);
  });
});
