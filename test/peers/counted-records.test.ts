import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseJson } from '../../src/protocol/json.js';
import { differing, hashOfEntries, leafOf } from '../../src/protocol/records/digest.js';
import { recordMessage } from '../../src/protocol/records/record-message.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { bring, recordOf, recordsOf } from '../support/records.js';
import type { Stranger } from '../support/stranger.js';
import type { TestDaemon } from '../support/test-daemon.js';

const DAY = 86_400_000;

onEachDatabase('a record that another server brought is counted', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  let stranger: Stranger;
  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('here.example');
    stranger = await federation.stranger('far.example');
  });
  afterEach(() => federation.end());

  it('in the digest, its leaf, the order of arrival, and not once it is past its age', async () => {
    federation.clock.standStill();
    const records = recordsOf(daemon);
    const before = await records.digest();
    const taken = await bring(daemon, await recordOf(stranger));
    const after = await records.digest();
    const leaf = leafOf(stranger.serverUuid);
    expect(differing(before.buckets, after.buckets)).toEqual([leaf >> 4]);
    expect(await records.entriesOf(leaf, 10)).toContainEqual({
      serverUuid: stranger.serverUuid,
      hash: (taken as { hash: string }).hash,
    });
    expect((await records.leafHashes(leaf >> 4))[leaf & 15]).toBe(
      hashOfEntries(await records.entriesOf(leaf, 10)),
    );
    const arrived = await records.hashesAfter(0, 10);
    const ownUuid = daemon.daemon.identity.self.serverUuid;
    expect(arrived.map(({ serverUuid }) => serverUuid)).toContain(stranger.serverUuid);
    expect(arrived.map(({ serverUuid }) => serverUuid)).toContain(ownUuid);
    expect(await records.hashesAfter(arrived.at(-1)!.arrival, 10)).toEqual([]);
    federation.clock.advance(7 * DAY);
    expect(await records.entriesOf(leaf, 10)).not.toContainEqual(
      expect.objectContaining({ serverUuid: stranger.serverUuid }),
    );
    expect((await records.digest()).buckets[leaf >> 4]).not.toBe(after.buckets[leaf >> 4]);
    expect(await records.recordsOf([stranger.serverUuid])).toEqual([]);
  });

  it('once in two equal directories', async () => {
    const other = await federation.start('other.example');
    const third = await federation.stranger('third.example');
    const all = [await recordOf(stranger), await recordOf(third)];
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
