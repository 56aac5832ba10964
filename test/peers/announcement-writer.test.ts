import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { AnnouncementWriter, type VerifiedAnnouncement } from '../../src/peers/announcement-writer.js';
import { statementHash } from '../../src/protocol/records/record-hash.js';
import { onEachDatabase, openTestDatabase } from '../support/databases.js';

const START = Date.UTC(2026, 10, 23);
const HOUR = 3_600_000;

const onFile: VerifiedAnnouncement = {
  serverUuid: '00000000-0000-4000-8000-00000000000b',
  serverId: 'b.example',
  publicKey: 'key of b',
  fingerprint: 'B'.repeat(32),
  endpoints: { discovery: 'https://b.example/discovery', federation: 'https://b.example/federation' },
  announcedAt: START,
  text: 'first',
  hash: statementHash('first'),
  materialHash: 'what it says',
  speaksExt: false,
  seenAt: START,
};

onEachDatabase('a peer on file that announces itself again', (under) => {
  let opened: { database: Database; remove: () => Promise<void> };
  let writer: AnnouncementWriter;

  beforeEach(async () => {
    opened = await openTestDatabase(under);
    writer = new AnnouncementWriter(opened.database);
    await writer.insert(onFile);
  });
  afterEach(() => opened.remove());

  const after = (ms: number, changes: Partial<VerifiedAnnouncement> = {}): VerifiedAnnouncement => ({
    ...onFile,
    announcedAt: START + ms,
    text: `after ${ms}`,
    seenAt: START + ms,
    ...changes,
  });
  /** How long after the first the latest announcement was signed. */
  const held = async (): Promise<number> =>
    (await opened.database.query<{ announced_at: number }>('SELECT announced_at FROM peers'))[0]!
      .announced_at - START;
  const record = async (): Promise<unknown> =>
    (
      await opened.database.query(
        'SELECT announcement, announcement_hash, material_hash, record_hash, arrival FROM peers',
      )
    )[0];
  const proven = (): Promise<unknown> => opened.database.query('UPDATE peers SET proven_at = now()');

  it('is written, and it is said whether it ever answered us', async () => {
    expect(await writer.refresh(after(1))).toMatchObject({ isProven: false });
    await proven();
    expect(await writer.refresh(after(2))).toMatchObject({ isProven: true });
    expect(await held()).toBe(2);
  });

  it.each([
    ['another name', { serverId: 'other.example' }],
    ['another key', { fingerprint: 'C'.repeat(32) }],
    ['another discovery endpoint', { endpoints: { ...onFile.endpoints, discovery: 'https://b.example/d' } }],
    [
      'another federation endpoint',
      { endpoints: { ...onFile.endpoints, federation: 'https://b.example/f' } },
    ],
    ['the same time', { announcedAt: START }],
    ['an earlier time', { announcedAt: START - 1 }],
  ])('is not written with %s', async (_, changes) => {
    expect(await writer.refresh(after(1, changes))).toBeNull();
    expect(await held()).toBe(0);
  });

  it.each(['blocked', 'revoked'])('is not written where it is %s', async (trust) => {
    await opened.database.query('UPDATE peers SET trust = $1', [trust]);
    expect(await writer.refresh(after(1))).toBeNull();
    expect(await writer.move(after(1))).toBeNull();
    expect(await held()).toBe(0);
  });

  it('is not written where its identity was revoked', async () => {
    await opened.database.query(
      `INSERT INTO revocations (server_uuid, server_id, fingerprint, reason, body, revoked_at)
       SELECT server_uuid, server_id, fingerprint, '', '', now() FROM peers`,
    );
    expect(await writer.refresh(after(1))).toBeNull();
    expect(await held()).toBe(0);
  });

  it('is not kept out by false claims on its server_uuid that come at the same time', async () => {
    const attempts = [
      after(9, { fingerprint: 'C'.repeat(32) }),
      after(1),
      after(8, { serverId: 'other.example' }),
      after(2),
      after(7, { endpoints: { ...onFile.endpoints, discovery: 'https://evil.example/d' } }),
    ];
    const written = await Promise.all(attempts.map((each) => writer.refresh(each)));
    expect(written.map((each) => each !== null)).toEqual([false, true, false, true, false]);
    expect(await held()).toBe(2);
  });

  it('is unproven once it moved', async () => {
    await proven();
    const endpoints = { ...onFile.endpoints, discovery: 'https://b.example/elsewhere' };
    expect(await writer.move(after(1, { endpoints }))).not.toBeNull();
    expect(await writer.move(after(1, { endpoints }))).toBeNull();
    expect(await writer.refresh(after(2, { endpoints }))).toMatchObject({ isProven: false });
  });

  it.each([
    ['within 12 hours', 12, false],
    ['within half the relay age, as a server of the extension', 84, true],
  ])('leaves its record as it is, where it says the same %s', async (_, hours, speaksExt) => {
    const before = await record();
    expect(await writer.refresh(after(hours * HOUR, { speaksExt }))).toMatchObject({ recordHash: null });
    expect(await record()).toEqual(before);
    expect(await held()).toBe(hours * HOUR);
  });

  it.each([
    ['over 12 hours newer', after(12 * HOUR + 1)],
    ['that says something else', after(1, { materialHash: 'that it speaks part 2' })],
    ['of the extension and over half the relay age newer', after(84 * HOUR + 1, { speaksExt: true })],
  ])('has an announcement in its record that is %s', async (_, later) => {
    const before = (await record()) as { arrival: number };
    const written = await writer.refresh(later);
    const now = {
      announcement: later.text,
      announcement_hash: later.hash,
      material_hash: later.materialHash,
    };
    expect(await record()).toMatchObject({ ...now, record_hash: written?.recordHash });
    expect(written?.recordHash).toBe(statementHash(`${later.hash}\n\n`));
    expect(((await record()) as { arrival: number }).arrival).toBeGreaterThan(before.arrival);
  });

  it('and that was known from others alone is written the long way only, and is not introduced any more', async () => {
    await opened.database.query(`UPDATE peers SET introduced_by = 'somebody'`);
    expect(await writer.refresh(after(1))).toBeNull();
    expect(await writer.move(after(1))).not.toBeNull();
    expect(await writer.refresh(after(2))).not.toBeNull();
  });
});

onEachDatabase('an identity that was deleted', (under) => {
  let opened: { database: Database; remove: () => Promise<void> };
  const [first, middle, last] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];

  beforeEach(async () => void (opened = await openTestDatabase(under)));
  afterEach(() => opened.remove());

  it.each<[string, { by: string; last: string; ended: boolean; at?: number }, boolean]>([
    ['is brought back by its only key', { by: first, last: first, ended: false }, true],
    [
      'is not brought back by what it had said before',
      { by: first, last: first, ended: false, at: 0 },
      false,
    ],
    ['is brought back by its last key', { by: last, last, ended: false }, true],
    ['is not brought back by its first key, which it had left', { by: first, last, ended: false }, false],
    ['is not brought back by its only key once it has ended', { by: first, last: first, ended: true }, false],
    ['is not brought back by its last key once it has ended', { by: last, last, ended: true }, false],
    ['is not brought back by its first key once it has ended', { by: first, last, ended: true }, false],
    ['keeps no other out that has its UUID', { by: middle, last, ended: true }, true],
  ])('%s', async (_, { by, last: lastKey, ended, at = 1 }, expected) => {
    await opened.database.query(
      `INSERT INTO tombstones (server_uuid, first_fingerprint, fingerprint, announced_at, revocation)
       VALUES ($1, $2, $3, $4, $5)`,
      [onFile.serverUuid, first, lastKey, new Date(START).toISOString(), ended ? '{}' : null],
    );
    const announcement = { ...onFile, fingerprint: by, announcedAt: START + at };
    const written = await new AnnouncementWriter(opened.database).insert(announcement);
    expect(written !== null).toBe(expected);
  });
});
