import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { RecordsRepository } from '../../src/peers/records.repository.js';
import { parseJson } from '../../src/protocol/json.js';
import { differing, hashOfEntries, leafOf } from '../../src/protocol/records/digest.js';
import { recordMessage } from '../../src/protocol/records/record-message.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { bring, recordOf, recordsOf } from '../support/records.js';
import type { Stranger } from '../support/stranger.js';
import type { TestDaemon } from '../support/test-daemon.js';

const KIB = 1024;
const DAY = 86_400_000;

onEachDatabase('records that are asked for', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  let template: Stranger;
  let database: Database;

  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('here.example');
    template = await federation.stranger('invented.example');
    database = daemon.daemon.app.get(Database, { strict: false });
  });
  afterEach(() => federation.end());

  /** The UUID of an invented server, of which there is a record. */
  async function known(serverUuid: string, kib = 0): Promise<string> {
    template.serverUuid = serverUuid;
    template.serverId = `${serverUuid}.example`;
    await bring(daemon, await recordOf(template));
    await database.query(
      `UPDATE peers SET announcement = announcement || repeat(' ', $2) WHERE server_uuid = $1`,
      [serverUuid, kib * KIB],
    );
    return serverUuid;
  }
  const numbered = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const told = async (serverUuids: readonly string[]): Promise<string[]> =>
    (await recordsOf(daemon).recordsOf(serverUuids)).map(({ serverUuid }) => serverUuid);

  it('come in that order, and no more are read than an answer holds', async () => {
    const all = [];
    for (const number of [5, 3, 1, 4, 2]) all.push(await known(numbered(number), 200));
    const read = await daemon.daemon.app
      .get(RecordsRepository, { strict: false })
      .served(all, federation.clock.now());
    // The third shows where the answer ends.
    expect(read.map(({ serverUuid }) => serverUuid)).toEqual(all.slice(0, 3));
    expect(await told(all)).toEqual(all.slice(0, 2));
    expect(await told(all.toReversed())).toEqual(all.toReversed().slice(0, 2));
  });

  it('come with our own in its place, and not behind one that did not fit', async () => {
    const { serverUuid: own } = daemon.daemon.identity.self;
    const [one, other, third] = [
      await known(numbered(1), 300),
      await known(numbered(2), 300),
      await known(numbered(3)),
    ];
    expect(await told([one, own, other])).toEqual([one, own]);
    expect(await told([one, other, own, third])).toEqual([one]);
  });

  it('come alone where one is larger than an answer, and not at all where no body holds it', async () => {
    const [large, huge, usual] = [
      await known(numbered(1), 600),
      await known(numbered(2), 700),
      await known(numbered(3)),
    ];
    expect(await told([large, usual])).toEqual([large]);
    expect(await told([huge, usual])).toEqual([usual]);
  });

  it('are exported without a gap, however large the first is', async () => {
    const all = [await known(numbered(1), 600), await known(numbered(2), 700), await known(numbered(3), 300)];
    const exported: string[] = [];
    let query = '';
    for (;;) {
      const { body } = await daemon.get(`/api/v1/peer-lists${query}`);
      const { records } = body.list as { records: { server_uuid: string }[] };
      exported.push(...records.map(({ server_uuid }) => server_uuid));
      if (body.next === null) break;
      query = `?after=${body.next as string}`;
    }
    expect(exported).toEqual([daemon.daemon.identity.self.serverUuid, all[0], all[2]]);
  });

  it('of a leaf with more than are told at once come all in time', async () => {
    const ours = leafOf(daemon.daemon.identity.self.serverUuid);
    const leaf = [0, 1].map((number) => leafOf(numbered(number))).find((one) => one !== ours)!;
    const uuids = [];
    for (let number = 0; uuids.length < 3; number += 1) {
      if (leafOf(numbered(number)) === leaf) uuids.push(await known(numbered(number)));
    }
    const heard = new Set<string>();
    // That one of three is never among two has then a chance of 3 to the power of minus 100.
    for (let turn = 0; turn < 100; turn += 1) {
      const entries = await recordsOf(daemon).entriesOf(leaf, 2);
      expect(entries).toHaveLength(2);
      for (const { serverUuid } of entries) heard.add(serverUuid);
    }
    expect([...heard].sort()).toEqual(uuids);
  });

  it('are counted in the digest, its leaf, the order of arrival, and not once it is past its age', async () => {
    federation.clock.standStill();
    const records = recordsOf(daemon);
    const before = await records.digest();
    const taken = await bring(daemon, await recordOf(template));
    const after = await records.digest();
    const leaf = leafOf(template.serverUuid);
    expect(differing(before.buckets, after.buckets)).toEqual([leaf >> 4]);
    expect(await records.entriesOf(leaf, 10)).toContainEqual({
      serverUuid: template.serverUuid,
      hash: (taken as { hash: string }).hash,
    });
    expect((await records.leafHashes(leaf >> 4))[leaf & 15]).toBe(
      hashOfEntries(await records.entriesOf(leaf, 10)),
    );
    const arrived = await records.hashesAfter(0, 10);
    const ownUuid = daemon.daemon.identity.self.serverUuid;
    expect(arrived.map(({ serverUuid }) => serverUuid)).toContain(template.serverUuid);
    expect(arrived.map(({ serverUuid }) => serverUuid)).toContain(ownUuid);
    expect(await records.hashesAfter(arrived.at(-1)!.arrival, 10)).toEqual([]);
    federation.clock.advance(7 * DAY);
    expect(await records.entriesOf(leaf, 10)).not.toContainEqual(
      expect.objectContaining({ serverUuid: template.serverUuid }),
    );
    expect((await records.digest()).buckets[leaf >> 4]).not.toBe(after.buckets[leaf >> 4]);
    expect(await records.recordsOf([template.serverUuid])).toEqual([]);
  });

  it('are counted once in two equal directories', async () => {
    const other = await federation.start('other.example');
    const third = await federation.stranger('third.example');
    const all = [await recordOf(template), await recordOf(third)];
    for (const record of all) await bring(daemon, record);
    for (const record of all.toReversed()) await bring(other, record);
    for (const [from, to] of [
      [daemon, other],
      [other, daemon],
    ] as const) {
      const [own] = await recordsOf(from).recordsOf([from.daemon.identity.self.serverUuid]);
      await bring(to, recordMessage.decode(parseJson(own!.text)));
    }
    expect(await recordsOf(daemon).digest()).toEqual(await recordsOf(other).digest());
  });
});
