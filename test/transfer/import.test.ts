import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { AddressPolicy } from '../../src/platform/address-policy.js';
import { generateKeyPair, SignatureVerifier } from '../../src/platform/keys.js';
import { ManualClock } from '../../src/platform/manual-clock.js';
import { MAX_ROTATIONS_PER_RECORD } from '../../src/protocol/limits.js';
import { FileSecretStore } from '../../src/secrets/file-secret-store.js';
import { importFromPython } from '../../src/transfer/import/import.js';
import type { ImportReport, Section } from '../../src/transfer/import/report.js';
import { rowsOf } from '../database/dump.js';
import { onEachDatabase, openTestDatabase } from '../support/databases.js';
import { PythonServer, type PythonTables, writeSqlite } from './python-daemon.js';

const NOW = Date.UTC(2026, 10, 23);

let own: PythonServer;
let [a, b, c, d]: PythonServer[] = [];
beforeAll(async () => {
  const names = ['home.example', 'a.example', 'b.sub.example', 'c-c', 'd.example'];
  [own, a, b, c, d] = (await Promise.all(names.map((name) => PythonServer.make(name)))) as [
    PythonServer,
    ...PythonServer[],
  ];
});

const outcomes = ({ items }: Section): string[] =>
  items.map(({ outcome, note }) => `${outcome}${note ? `: ${note}` : ''}`);

onEachDatabase('moving in from the Python daemon', (under) => {
  let folder: string;
  let file: string;
  let database: Database;
  let secrets: FileSecretStore;
  let remove: () => Promise<void>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lattice-import-test-'));
    file = join(folder, 'lattice.db');
    secrets = new FileSecretStore(join(folder, 'secrets'));
    ({ database, remove } = await openTestDatabase(under));
  });
  afterEach(async () => {
    await remove();
    await rm(folder, { recursive: true, force: true });
  });

  function take(
    tables: PythonTables | null,
    order: { key?: string; dryRun?: boolean } = {},
  ): Promise<ImportReport> {
    if (tables !== null) writeSqlite(file, { lattice_identity: [own.own()], ...tables });
    const parts = {
      database,
      secrets,
      clock: new ManualClock(NOW),
      verifier: new SignatureVerifier(),
      addresses: new AddressPolicy([]),
    };
    return importFromPython(parts, { from: file, key: own.keys.privateKeyPem, dryRun: false, ...order });
  }
  const rows = async (table: string): Promise<Record<string, unknown>[]> => (await rowsOf(database))[table]!;

  it('keeps the identity and its key, and shows where it met others', async () => {
    const report = await take({});
    expect(report).toMatchObject({
      identity: {
        outcome: 'taken',
        server_id: 'home.example',
        server_uuid: own.serverUuid,
        fingerprint: own.signer.fingerprint,
      },
      bootstrap_servers: ['https://boot.example/discovery'],
    });
    expect(await rows('identity')).toMatchObject([
      { server_uuid: own.serverUuid, public_key: own.keys.publicKeyPem, revoked_at: null },
    ]);
    expect(await secrets.read('private_key')).toBe(own.keys.privateKeyPem);
    expect(await secrets.read('next_private_key')).toBeNull();
  });

  it('takes peers with their signed announcement, others on hearsay, none as proven or neighbour', async () => {
    const report = await take({
      lattice_peers: [
        await a!.row({ trust_status: 'trusted' }),
        await b!.row({ last_announcement: null, trust_status: 'blocked' }),
        await c!.row({
          last_announcement: (await c!.announcement()).replace('"paging": true', '"paging": false'),
          trust_status: 'strange',
        }),
        await d!.row({
          last_announcement: await d!.announcement({ timestamp: '2027-01-01T00:00:00Z' }),
          trust_status: 'revoked',
        }),
      ],
    });
    expect(outcomes(report.peers)).toEqual([
      'taken',
      'taken: on hearsay: its last_announcement proves nothing (last_announcement is empty)',
      'taken: on hearsay: its last_announcement proves nothing (its signature does not hold)',
      'taken: on hearsay: its last_announcement proves nothing (it is dated in the future)',
    ]);
    const held = new Map((await rows('peers')).map((row) => [row['server_id'], row]));
    expect(held.get('a.example')).toMatchObject({
      trust: 'trusted',
      proven_at: null,
      announcement: await readBack(a!),
      announced_at: expect.stringContaining('2025-01-02T03:04:05.678901') as string,
      last_seen_at: expect.stringContaining('2025-01-03T00:00:00.5') as string,
    });
    expect(held.get('b.sub.example')).toMatchObject({
      trust: 'blocked',
      announcement: null,
      announced_at: expect.stringContaining('2025-01-01T00:00:00') as string,
      discovery_url: 'https://b.sub.example/discovery',
    });
    expect(held.get('c-c')).toMatchObject({ trust: 'unknown', announcement: null });
    expect(held.get('d.example')).toMatchObject({ trust: 'blocked' });
    expect(await rows('neighbors')).toEqual([]);

    async function readBack(server: PythonServer): Promise<unknown> {
      const text = held.get(server.serverId)!['announcement'] as string;
      expect({ ...JSON.parse(text), signature: '' }).toEqual({
        ...JSON.parse(await server.announcement()),
        signature: '',
      });
      return text;
    }
  });

  it('leaves out hostile rows, each with its reason, and takes the rest', async () => {
    const bytes = (text: string): Uint8Array => Buffer.from(text);
    const weak = '-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----\n';
    const endpoints = (url: string): string => JSON.stringify({ discovery: url, federation: url });
    const hearsay = { last_announcement: null };
    const report = await take({
      lattice_peers: [
        await a!.row({ server_id: "x'; DROP TABLE peers; --" }),
        await a!.row({ server_id: bytes('a\0.example') }),
        await a!.row({ server_id: Buffer.from([0xff, 0xfe]) }),
        await a!.row({ server_uuid: 'not a uuid' }),
        await a!.row({ server_uuid: own.serverUuid }),
        await a!.row({ server_id: 'HOME.example' }),
        await a!.row({ public_key: own.keys.publicKeyPem }),
        await a!.row({ public_key: weak }),
        await a!.row({ public_key: 'x'.repeat(100_000) }),
        await a!.row({ ...hearsay, endpoints: '{"discovery": ' }),
        await a!.row({ ...hearsay, endpoints: '[]' }),
        await a!.row({ ...hearsay, endpoints: '{"__proto__": {"discovery": "https://x.example"}}' }),
        await a!.row({ ...hearsay, endpoints: endpoints('javascript:alert(1)') }),
        await a!.row({ ...hearsay, endpoints: endpoints('http://169.254.169.254/') }),
        await a!.row({ ...hearsay, endpoints: `${'['.repeat(10_000)}` }),
        await a!.row({
          ...hearsay,
          endpoints: '{"discovery": "https://x/\\ud800", "federation": "https://x/"}',
        }),
        await a!.row({
          last_announcement: (await a!.announcement()).replaceAll('/discovery', '/\\ud800\\u0000'),
          endpoints: '{}',
        }),
        await a!.row({ server_id: null }),
        await a!.row({ last_announcement: 'y'.repeat(1_000_000), endpoints: endpoints('https://a.example') }),
        await b!.row({ server_uuid: a!.serverUuid }),
        await c!.row({ server_id: 'A.EXAMPLE', ...hearsay }),
        await d!.row({
          server_id: 'A.example',
          first_seen_at: 'gestern',
          last_seen_at: '9999-01-01',
          ...hearsay,
        }),
      ],
    });
    expect(outcomes(report.peers)).toEqual([
      'left_out: server_id is not a name that a server can have',
      'left_out: server_id holds the character U+0000',
      'left_out: server_id is not valid UTF-8',
      'left_out: server_uuid is not a UUID in lower case',
      'left_out: it has the server_uuid of this server itself',
      'left_out: it has the name of this server',
      'left_out: it has the key of this server',
      'left_out: public key is not a PEM public key of RSA with 2048 to 4096 bits and the exponent 65537',
      'left_out: public_key is larger than 64 KiB',
      expect.stringMatching(/^left_out: /),
      'left_out: endpoints is not a JSON object',
      'left_out: endpoints lacks federation or discovery',
      'left_out: endpoints.federation must be an http(s) URL with a host',
      'left_out: its address 169.254.169.254 is not public (LATTICE_ALLOW_ADDRESSES can allow it)',
      expect.stringMatching(/^left_out: /),
      'left_out: endpoints holds what no database stores',
      'left_out: endpoints lacks federation or discovery',
      'left_out: server_id is empty',
      'taken: on hearsay: its last_announcement proves nothing (last_announcement is larger than 64 KiB)',
      'left_out: another row has its server_uuid, with a better claim',
      'left_out: another row has its name, with a better claim',
      'left_out: another row has its name, with a better claim',
    ]);
    expect(report.peers).toMatchObject({ taken: 1, already_there: 0, left_out: 21 });
    expect(report.peers.items.map(({ what }) => what).join()).toMatch(/^[ -~]*$/);
    expect(await rows('peers')).toHaveLength(1);
  });

  it('prefers a signed announcement to hearsay, and of two the earlier acquaintance', async () => {
    const forged = (server: PythonServer): Promise<Record<string, unknown>> =>
      server.row({ server_id: 'a.example', last_announcement: null, first_seen_at: '2020-01-01 00:00:00' });
    await take({ lattice_peers: [(await forged(b!)) as never, await a!.row(), (await forged(c!)) as never] });
    expect(await rows('peers')).toMatchObject([{ server_uuid: a!.serverUuid }]);
  });

  it('takes revocations whose signature holds, however their time was stored', async () => {
    const report = await take({
      lattice_peers: [await a!.row(), await b!.row({ trust_status: 'trusted' }), await c!.row()],
      lattice_revocations: [
        await a!.revocation('2025-03-04T05:06:07.080900+00:00', '2025-03-04 05:06:07.080900'),
        await b!.revocation('2025-03-04T05:06:07Z', '2025-03-04 05:06:07.000000'),
        { ...(await c!.revocation('2025-03-04T05:06:07Z', '2025-03-04 05:06:07')), reason: 'another' },
        await d!.revocation('2025-03-04T05:06:07Z', '2025-03-04 05:06:07'),
      ],
    });
    expect(outcomes(report.revocations)).toEqual([
      'taken',
      'taken',
      'left_out: its signature does not hold under the key on file',
      'taken: as a block of its UUID: its key is not on file',
    ]);
    expect((await rows('revocations')).map((row) => row['server_uuid'])).toEqual([
      a!.serverUuid,
      b!.serverUuid,
    ]);
    expect((await rows('peers')).map((row) => [row['server_id'], row['trust']]).sort()).toEqual([
      ['a.example', 'revoked'],
      ['b.sub.example', 'revoked'],
      ['c-c', 'unknown'],
    ]);
    expect(await rows('blocklist')).toMatchObject([
      { kind: 'server', identifier: d!.serverUuid, expires_at: null },
    ]);
  });

  it('lets others hear of the end of a server on file, unless its chain is too long to travel', async () => {
    const peers = { lattice_peers: [await a!.row(), await b!.row()] };
    await take(peers);
    const tooLong = `repeat('x', ${(MAX_ROTATIONS_PER_RECORD + 1) * 65})`;
    await database.query(`UPDATE peers SET chain_hashes = ${tooLong} WHERE server_id = 'b.sub.example'`);
    const [held] = await database.query<{ latest: string }>('SELECT max(arrival) AS latest FROM peers');
    await rm(file);
    const ends = [a!, b!].map((one) => one.revocation('2025-03-04T05:06:07Z', '2025-03-04 05:06:07'));
    await take({ ...peers, lattice_revocations: await Promise.all(ends) });
    const sql =
      'SELECT arrival > $1 AS news, relayed_until IS NOT NULL AS told FROM peers ORDER BY server_id';
    const after = await database.query<{ news: boolean; told: boolean }>(sql, [held!.latest]);
    expect(after.map(({ news, told }) => [news, told].join())).toEqual(['true,true', 'true,false']);
  });

  it('takes the blocks that it can express, and blocks whom they mean, also whom it trusted', async () => {
    const block = (block_type: string, blocked_identifier: string, expires_at: string | null = null): never =>
      ({ block_type, blocked_identifier, expires_at, reason: 'spam', created_at: '2025-01-01' }) as never;
    const report = await take({
      lattice_peers: [
        await a!.row({ trust_status: 'trusted' }),
        await b!.row(),
        await c!.row(),
        await d!.row(),
      ],
      lattice_blocklist: [
        block('server', 'A.Example'),
        block('domain', '*.sub.example', '2026-12-01 00:00:00'),
        block('domain', 'sub.example', '2026-11-30 00:00:00'),
        block('fingerprint', c!.signer.fingerprint.toLowerCase()),
        block('ip', '203.0.113.7'),
        block('server', 'old.example', '2020-01-01 00:00:00'),
        block('server', 'new.example', 'whenever'),
        block('planet', 'mars'),
        block('server', own.serverUuid),
        block('fingerprint', 'FFFF'),
        block('domain', "'; DROP TABLE blocklist; --"),
        { ...(block('domain', 'long.example') as object), reason: '\u{1f511}'.repeat(5_000) },
      ],
    });
    expect(outcomes(report.blocklist)).toEqual([
      'taken',
      'taken',
      'left_out: another row blocks the same for as long',
      'taken',
      'left_out: addresses are not blocked here: do it in the proxy (nginx: deny) or the firewall',
      'left_out: it has ended',
      'taken: for good: its expires_at is no time',
      'left_out: this kind of block is not known',
      'left_out: it is this server itself',
      'left_out: it is no fingerprint of 32 hexadecimal digits',
      'left_out: it is no domain',
      'taken',
    ]);
    const trust = (await rows('peers'))
      .map((row) => [row['server_id'], row['trust'], row['blocked_until']])
      .sort();
    expect(trust).toEqual([
      ['a.example', 'blocked', null],
      ['b.sub.example', 'blocked', expect.stringContaining('2026-12-01') as string],
      ['c-c', 'blocked', null],
      ['d.example', 'unknown', null],
    ]);
  });

  it('lists key rotations, which nothing proves', async () => {
    const rotation = {
      server_uuid: a!.serverUuid,
      old_key_fingerprint: 'AA',
      new_key_fingerprint: 'BB',
      reason: '\u202e',
      rotated_at: 'x',
    };
    const report = await take({ lattice_key_rotations: [rotation] });
    expect(report.key_rotations).toMatchObject({
      left_out: 1,
      items: [{ what: `${a!.serverUuid}: AA to BB, x` }],
    });
  });

  it('changes nothing the second time, nor in a dry run, which says the same', async () => {
    const tables: PythonTables = {
      lattice_peers: [await a!.row(), await b!.row()],
      lattice_blocklist: [{ block_type: 'server', blocked_identifier: 'b.sub.example' }],
      lattice_revocations: [await a!.revocation('2025-03-04T05:06:07Z', '2025-03-04 05:06:07')],
    };
    const empty = await rowsOf(database);
    const dry = await take(tables, { dryRun: true });
    expect(await rowsOf(database)).toEqual(empty);
    expect(await secrets.read('private_key')).toBeNull();
    const first = await take(null);
    expect({ ...dry, dry_run: false }).toEqual(first);
    // What the operator decided since is left alone.
    await database.query(`UPDATE peers SET trust = 'trusted' WHERE server_id = 'b.sub.example'`);
    const before = await rowsOf(database);
    const second = await take(null);
    for (const part of [second.peers, second.blocklist, second.revocations])
      expect(part).toMatchObject({ taken: 0, left_out: 0 });
    expect(second).toMatchObject({ identity: { outcome: 'already_there' }, peers: { already_there: 2 } });
    expect(await rowsOf(database)).toEqual(before);
  });

  it.each([
    ['of another server', (): string => a!.keys.privateKeyPem, 'is not the one of lattice_identity'],
    ['that is none', (): string => 'secret words', 'not an RSA private key'],
  ])('refuses a key %s, and takes nothing', async (_, key, reason) => {
    const before = await rowsOf(database);
    const attempt = take({ lattice_peers: [await a!.row()] }, { key: key() });
    await expect(attempt).rejects.toThrow(reason);
    await expect(attempt).rejects.not.toThrow('secret words');
    expect(await rowsOf(database)).toEqual(before);
    expect(await secrets.read('next_private_key')).toBeNull();
  });

  it('refuses an identity that does not fit its key, or is not alone, or was revoked', async () => {
    const refusals: [PythonTables, string][] = [
      [{ lattice_identity: [own.own({ fingerprint: 'AAAA' })] }, 'fingerprint is not that of its public_key'],
      [{ lattice_identity: [own.own({ server_uuid: 'x' })] }, 'server_uuid is not a UUID'],
      [{ lattice_identity: [] }, 'no row'],
      [{ lattice_identity: [own.own(), a!.own()] }, 'more than one row'],
      [
        { lattice_revocations: [await own.revocation('2025-03-04T05:06:07Z', '2025-03-04 05:06:07')] },
        'revoked by its owner',
      ],
    ];
    for (const [tables, reason] of refusals) {
      await rm(file, { force: true });
      await expect(take(tables)).rejects.toThrow(reason);
    }
    expect(await rows('identity')).toEqual([]);
  });

  it('refuses a database or a secret store of another server, and takes nothing', async () => {
    await database.query(`INSERT INTO identity VALUES (true, 'u', 'other.example', 'k', 'f', now(), NULL)`);
    await expect(take({ lattice_peers: [await a!.row()] })).rejects.toThrow(
      'belongs to another server, other.example',
    );
    expect(await rows('peers')).toEqual([]);
    expect(await secrets.read('next_private_key')).toBeNull();
    await database.query('DELETE FROM identity');
    await secrets.write('private_key', (await generateKeyPair()).privateKeyPem);
    await expect(take(null)).rejects.toThrow('private key of another server');
    expect(await rows('identity')).toEqual([]);
  });

  it('takes all or nothing: a crash in the middle leaves the next start as it would be', async () => {
    await database.query(`ALTER TABLE blocklist ADD CONSTRAINT broken CHECK (reason <> 'boom')`);
    const tables: PythonTables = {
      lattice_peers: [await a!.row()],
      lattice_blocklist: [{ block_type: 'server', blocked_identifier: 'x', reason: 'boom' }],
    };
    await expect(take(tables)).rejects.toThrow();
    expect(await rows('identity')).toEqual([]);
    expect(await rows('peers')).toEqual([]);
    expect(await secrets.read('private_key')).toBeNull();
    await database.query('ALTER TABLE blocklist DROP CONSTRAINT broken');
    expect(await take(null)).toMatchObject({ identity: { outcome: 'taken' }, peers: { taken: 1 } });
    expect(await secrets.read('private_key')).toBe(own.keys.privateKeyPem);
  });
});
