import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runLattice } from '../../src/cli/lattice.js';
import { Database, type Queryable } from '../../src/database/database.js';
import { readRecord } from '../../src/peers/read-record.js';
import { INTRODUCTIONS_PER_DAY } from '../../src/protocol/limits.js';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { identityRevocationMessage } from '../../src/protocol/messages/identity-revocation.js';
import { keyRotationMessage, type KeyRotation } from '../../src/protocol/messages/key-rotation.js';
import { recordHash } from '../../src/protocol/records/record-hash.js';
import { recordMessage, type WireRecord } from '../../src/protocol/records/record-message.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { bring, broughtTo, INTRODUCER, recordOf, recordsOf } from '../support/records.js';
import type { Stranger } from '../support/stranger.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

const DAY = 86_400_000;

onEachDatabase('a record that another server brings', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  let stranger: Stranger;
  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('here.example');
    stranger = await federation.stranger('far.example');
  });
  afterEach(() => federation.end());

  const held = async (): Promise<string | undefined> =>
    (await recordsOf(daemon).recordsOf([stranger.serverUuid]))[0]?.text;

  it('makes its server known, without a call, and is served as it came', async () => {
    const record = await recordOf(stranger);
    expect(await broughtTo(daemon, record)).toBe('taken');
    expect(await daemon.names()).toEqual(['far.example']);
    expect(await held()).toBe(recordMessage.encode(record));
    expect(await broughtTo(daemon, record)).toBe('unchanged');
    expect(stranger.calls).toEqual([]);
  });

  /** New keys one after the other; the rotations to them. */
  const rotate = async (times: number, server = stranger): Promise<KeyRotation[]> => {
    const rotations = [];
    for (let turn = 0; turn < times; turn += 1) {
      const next = await federation.keys.next();
      rotations.push(await server.rotation(next));
      server.useKeys(next);
    }
    return rotations;
  };
  const shown = async (name: string): Promise<Answer['body']> =>
    (await daemon.get(`/api/v1/peers/${name}`)).body;

  /** What the operator sees of a server. */
  const latticePeer = async (name: string): Promise<string> => {
    const printed: string[] = [];
    const surroundings = {
      env: { LATTICE_PORT: String(daemon.daemon.port) },
      isTerminal: false,
      columns: null,
      print: (text: string) => void printed.push(text),
    };
    expect(await runLattice(['peer', name], surroundings, (text) => printed.push(text))).toBe(0);
    return printed.join('\n');
  };

  it('with three rotations is served with all of them', async () => {
    const record = await recordOf(stranger, { rotations: await rotate(3) });
    expect(await broughtTo(daemon, record)).toBe('taken');
    expect(await held()).toBe(recordMessage.encode(record));
  });

  it('with three rotations is caught up with by who knew the first key', async () => {
    await stranger.join(daemon);
    const record = await recordOf(stranger, { rotations: await rotate(3) });
    expect(await broughtTo(daemon, record)).toBe('taken');
    expect(await held()).toBe(recordMessage.encode(record));
    expect((await stranger.announceTo(daemon)).status).toBe(200);
  });

  it('comes to the same in any order, and stays ended once it has ended', async () => {
    const first = await recordOf(stranger);
    const rotations = await rotate(2);
    const later = await recordOf(stranger, { rotations });
    const last = await recordOf(stranger, {
      rotations,
      announcement: later.announcement,
      revocation: await stranger.revocation(),
    });
    const other = await federation.start('other.example');
    for (const record of [first, later, last, later, first]) await bring(daemon, record);
    for (const record of [last, first, later, first]) await bring(other, record);
    const [here, there] = await Promise.all(
      [daemon, other].map((one) => recordsOf(one).recordsOf([stranger.serverUuid])),
    );
    expect(here).toEqual(there);
    expect(here![0]!.text).toBe(recordMessage.encode(last));
    expect(outcome(await stranger.announceTo(daemon))).toBe('403 identity_revoked');
    expect(outcome(await stranger.announceTo(other))).toBe('403 identity_revoked');
  });

  it('is judged by what is on file by then, where many come at once', async () => {
    const records = [];
    for (let turn = 0; turn < 8; turn += 1) records.push(await recordOf(stranger));
    const from = { serverUuid: INTRODUCER, provenAt: 0 };
    await Promise.all([
      recordsOf(daemon).takeAllRelayed(records.toReversed(), from, true),
      ...records.map((record) => recordsOf(daemon).takeAllRelayed([record], from, true)),
      recordsOf(daemon).takeAllRelayed(records, from, true),
    ]);
    expect(await held()).toBe(recordMessage.encode(records.at(-1)!));
  });

  it.each<[string, (record: WireRecord, other: Stranger) => Promise<WireRecord>]>([
    [
      'an announcement',
      async (record) => ({
        ...record,
        announcement: { ...record.announcement!, timestamp: (await stranger.announcement()).timestamp },
      }),
    ],
    [
      'a rotation',
      (record) =>
        Promise.resolve({ ...record, rotations: [{ ...record.rotations[0]!, reason: 'upgrade' as const }] }),
    ],
    [
      'a revocation',
      async (record, other) => ({
        ...record,
        revocation: { ...(await other.revocation()), serverUuid: record.serverUuid },
      }),
    ],
    [
      'a void revocation',
      async (record, other) => ({
        ...record,
        voidRevocation: { ...(await other.revocation()), serverUuid: record.serverUuid },
      }),
    ],
  ])('with the wrong signature on %s is refused, and changes nothing', async (_, spoil) => {
    const record = await recordOf(stranger, { rotations: await rotate(1) });
    const spoilt = await spoil(record, await federation.stranger('other.example'));
    expect(await broughtTo(daemon, spoilt)).toBe('signature_invalid');
    expect(await daemon.names()).toEqual([]);
  });

  it('of a server that may not be called from here is not asked for again', async () => {
    const discovery = 'http://10.0.0.1/discovery';
    const endpoints = { discovery, federation: `${discovery}/api/v1/federation` };
    const record = await recordOf(stranger, { announcement: await stranger.announcement({ endpoints }) });
    const offered = [{ serverUuid: stranger.serverUuid, hash: recordHash(readRecord(record).state) }];
    expect(await recordsOf(daemon).wanted(offered)).toEqual([stranger.serverUuid]);
    expect(await broughtTo(daemon, record)).toBe('endpoint_not_allowed');
    expect(await recordsOf(daemon).wanted(offered)).toEqual([]);
  });

  it('with its signatures spelt otherwise is the same record, and kept as everybody spells them', async () => {
    const record = await recordOf(stranger, {
      rotations: await rotate(1),
      revocation: await stranger.revocation(),
    });
    const respelt = (ornament: string): WireRecord => {
      const otherwise = <S extends { signature: string }>(statement: S): S => ({
        ...statement,
        signature: ornament + statement.signature,
      });
      const { rotations, announcement, revocation } = record;
      return {
        ...record,
        rotations: rotations.map(otherwise),
        announcement: otherwise(announcement!),
        revocation: otherwise(revocation!),
      };
    };
    expect(await broughtTo(daemon, respelt('-'.repeat(1_000)))).toBe('taken');
    expect(await held()).toBe(recordMessage.encode(record));
    for (const ornament of ['', ' ', '-', '_']) {
      expect(await broughtTo(daemon, respelt(ornament))).toBe('unchanged');
    }
  });

  it('holds what was announced here with a signature spelt otherwise as everybody spells it', async () => {
    const announcement = await stranger.announcement();
    const respelt = { ...announcement, signature: `\n${announcement.signature}` };
    await stranger.say(daemon, 'announcement', announcementMessage.encode(respelt));
    await daemon.knows('far.example');
    expect(await held()).toBe(recordMessage.encode(await recordOf(stranger, { announcement })));
    const rotations = await rotate(1);
    const rotation = { ...rotations[0]!, signature: `\n${rotations[0]!.signature}` };
    await stranger.say(daemon, 'key_rotation', keyRotationMessage.encode(rotation));
    expect(await held()).toContain(keyRotationMessage.encode(rotations[0]!));
    const revocation = await stranger.revocation();
    const ended = { ...revocation, signature: `\n${revocation.signature}` };
    await stranger.say(daemon, 'identity_revocation', identityRevocationMessage.encode(ended));
    expect(await held()).toContain(identityRevocationMessage.encode(revocation));
  });

  describe('and attacks', () => {
    it('a longer chain under the UUID of a server that is on file is a claim, and shown', async () => {
      await stranger.join(daemon);
      const thief = await federation.stranger('evil.example');
      thief.serverUuid = stranger.serverUuid;
      const first = thief.fingerprint;
      const claimed = daemon.once('peer.claimed');
      const record = await recordOf(thief, { rotations: await rotate(3, thief) });
      expect(await broughtTo(daemon, record)).toBe('claimed server_uuid');
      expect(await claimed).toMatchObject({ claim: 'server_uuid', fingerprint: first });
      const body = await shown('far.example');
      expect(body.fingerprint).toBe(stranger.fingerprint);
      expect(body.claims).toMatchObject([
        { kind: 'server_uuid', fingerprint: first, server_id: 'evil.example', told_by: INTRODUCER },
      ]);
      expect((await stranger.announceTo(daemon)).status).toBe(200);
    });

    it('a revocation by a key that was left is kept without effect, and passed on', async () => {
      await stranger.join(daemon);
      const voidRevocation = await stranger.revocation();
      const before = await recordOf(stranger, { revocation: voidRevocation });
      const rotations = await rotate(1);
      const after = await recordOf(stranger, { rotations });
      await bring(daemon, after);
      expect(await broughtTo(daemon, before)).toBe('taken');
      expect((await shown('far.example')).trust_status).not.toBe('revoked');
      expect(await held()).toBe(recordMessage.encode({ ...after, voidRevocation }));
      expect((await stranger.announceTo(daemon)).status).toBe(200);
    });

    it('a fork by a stolen old key leaves what is on file, and is shown', async () => {
      const thief = await federation.impostorOf(stranger);
      await stranger.join(daemon);
      await bring(daemon, await recordOf(stranger, { rotations: await rotate(1) }));
      const record = await recordOf(thief, { rotations: await rotate(2, thief) });
      expect(await broughtTo(daemon, record)).toBe('claimed fork');
      const body = await shown('far.example');
      expect(body.fingerprint).toBe(stranger.fingerprint);
      expect(body.claims).toMatchObject([{ kind: 'fork', server_uuid: stranger.serverUuid }]);
    });

    it('the operator’s word moves a fork, and moves it back', async () => {
      const { serverUuid } = stranger;
      const thief = await federation.impostorOf(stranger);
      await stranger.join(daemon);
      const lie = await recordOf(thief, { rotations: await rotate(1, thief) });
      const truth = await recordOf(stranger, { rotations: await rotate(1) });
      await bring(daemon, lie);
      expect(await broughtTo(daemon, truth)).toBe('claimed fork');
      const approve = (fingerprint: string) =>
        daemon.post(`/api/v1/admissions/${serverUuid}/approve`, { fingerprint });
      expect((await approve(stranger.fingerprint)).status).toBe(200);
      expect(await broughtTo(daemon, truth)).toBe('taken');
      expect(await shown('far.example')).toMatchObject({ fingerprint: stranger.fingerprint, claims: [] });
      expect(await broughtTo(daemon, lie)).toBe('claimed fork');
      expect((await shown('far.example')).claims).toMatchObject([{ fingerprint: thief.fingerprint }]);
      const advice = `lattice admissions approve ${serverUuid} --fingerprint ${thief.fingerprint}`;
      expect(await latticePeer('far.example')).toContain(advice);
      federation.clock.advance(1_000);
      await approve(thief.fingerprint);
      expect(await broughtTo(daemon, lie)).toBe('taken');
      expect((await shown('far.example')).fingerprint).toBe(thief.fingerprint);
    });

    it('a key that ended its identity cannot hand it on', async () => {
      await stranger.join(daemon);
      await stranger.revokeAt(daemon);
      const record = await recordOf(stranger, { rotations: await rotate(1) });
      expect(await broughtTo(daemon, record)).toBe('claimed fork');
      expect((await shown('far.example')).trust_status).toBe('revoked');
      const said = await latticePeer('far.example');
      expect(said).toContain('that has a successor by');
      expect(said).not.toContain('approve');
    });

    it('a thousand invented servers are kept up to a day’s quota, and nobody is called', async () => {
      const template = await federation.stranger('invented.example');
      const records: WireRecord[] = [];
      for (let i = 0; i < 1_003; i += 1) {
        template.serverUuid = `00000000-0000-4000-8000-${i.toString().padStart(12, '0')}`;
        template.serverId = `invented-${i}.example`;
        records.push(await recordOf(template));
      }
      const outcomes = [];
      for (let from = 0; from < records.length; from += 200) {
        const some = records.slice(from, from + 200);
        outcomes.push(
          ...(await recordsOf(daemon).takeAllRelayed(some, { serverUuid: INTRODUCER, provenAt: 0 }, false)),
        );
      }
      expect(outcomes.filter(({ type }) => type === 'taken')).toHaveLength(INTRODUCTIONS_PER_DAY);
      expect(outcomes.slice(-3)).toMatchObject(Array(3).fill({ code: 'newcomer_limit' }));
      expect(await daemon.names()).toHaveLength(INTRODUCTIONS_PER_DAY);
      expect(template.calls).toEqual([]);
      expect(await daemon.neighbors()).toEqual([]);
    });

    it('of those that ended, and whose name is another’s, as many are remembered, asked for or not', async () => {
      const from = { serverUuid: INTRODUCER, provenAt: 0 };
      await recordsOf(daemon).takeAllRelayed([await recordOf(stranger)], from, true);
      const records: WireRecord[] = [];
      for (let i = 0; i <= INTRODUCTIONS_PER_DAY; i += 1) {
        stranger.serverUuid = `00000000-0000-4000-8000-${i.toString().padStart(12, '0')}`;
        records.push(await recordOf(stranger, { revocation: await stranger.revocation() }));
      }
      const outcomes = await recordsOf(daemon).takeAllRelayed(records, from, true);
      expect(outcomes.filter(({ type }) => type === 'taken')).toHaveLength(INTRODUCTIONS_PER_DAY);
      expect(outcomes.at(-1)).toMatchObject({ type: 'refused', code: 'newcomer_limit' });
      expect(await daemon.names()).toEqual(['far.example']);
    });

    it('one that others told us of introduces nobody, and may bring what is new of those that are known', async () => {
      const known = await federation.extendedStranger('known.example');
      await known.join(daemon);
      const upstart = await federation.extendedStranger('upstart.example');
      await bring(daemon, await recordOf(upstart));
      const rumor = async (...records: WireRecord[]): Promise<Answer> => {
        const texts = records.map((record) => recordMessage.encode(record));
        return upstart.call(
          daemon,
          'POST',
          '/api/v1/ext/rumor',
          `{"records": [${texts.join()}], "offers": []}`,
        );
      };
      const heard: string[] = [];
      daemon.events.on('record.heard', (event) => void heard.push(event.outcome));
      federation.clock.advance(1_000);
      known.supportedVersions = ['1.0', 'ext:1', '2.0'];
      expect(outcome(await rumor(await recordOf(stranger), await recordOf(known)))).toBe('200');
      expect(heard).toEqual(['newcomer_limit', 'taken']);
      expect(await daemon.names()).toEqual(['known.example', 'upstart.example']);
    });
  });

  it('whose name another takes at the same moment is judged anew, and spoils none that came with it', async () => {
    await stranger.join(daemon);
    const other = await federation.stranger('other.example');
    await other.join(daemon);
    const third = await federation.stranger('third.example');
    await third.join(daemon);
    stranger.serverId = 'new.example';
    const records = [await recordOf(stranger), await recordOf(third)];
    takeNameOnce(daemon, 'new.example', other.serverUuid);
    const from = { serverUuid: INTRODUCER, provenAt: 0 };
    const outcomes = await recordsOf(daemon).takeAllRelayed(records, from, true);
    expect(outcomes.map(({ type }) => type)).toEqual(['taken', 'taken']);
    expect(await daemon.names()).toEqual(['new.example', 'other.example', 'third.example']);
  });

  it('of a server that was deleted after 90 days does not bring it back', async () => {
    federation.clock.standStill();
    const old = await recordOf(stranger);
    await bring(daemon, old);
    federation.clock.advance(91 * DAY);
    await daemon.task('cleanup');
    expect((await daemon.get('/api/v1/peers/far.example')).status).toBe(404);
    federation.clock.advance(-91 * DAY);
    expect(await broughtTo(daemon, old)).toBe('announcement_superseded');
    federation.clock.advance(181 * DAY);
    await daemon.task('cleanup');
    federation.clock.advance(-181 * DAY);
    expect(await broughtTo(daemon, old)).toBe('taken');
  });

  it('makes a server known that is called only when it announces itself', async () => {
    await bring(daemon, await recordOf(stranger));
    expect(await shown('far.example')).toMatchObject({ introduced_by: INTRODUCER, proven_at: null });
    expect(await stranger.announceTo(daemon)).toMatchObject({ status: 200 });
    await daemon.knows('far.example');
    expect(await shown('far.example')).toMatchObject({ introduced_by: null });
  });
});

/** In the middle of the next transaction, once it has found the name free, another server has it; then it is rolled back. */
function takeNameOnce(daemon: TestDaemon, name: string, serverUuid: string): void {
  const database = daemon.daemon.app.get(Database, { strict: false });
  const transaction = database.transaction.bind(database);
  vi.spyOn(database, 'transaction').mockImplementationOnce(<T>(work: (tx: Queryable) => Promise<T>) =>
    transaction((tx) =>
      work({
        query: async <Row>(sql: string, parameters?: readonly unknown[]) => {
          const rows = await tx.query<Row>(sql, parameters);
          if (parameters?.[0] === name)
            await tx.query('UPDATE peers SET server_id = $1 WHERE server_uuid = $2', [name, serverUuid]);
          return rows;
        },
      }),
    ),
  );
}
