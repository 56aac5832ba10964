import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordMessage } from '../../src/protocol/records/record-message.js';
import { parseJson } from '../../src/protocol/json.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { broughtTo, INTRODUCER, recordOf, recordsOf } from '../support/records.js';
import type { Stranger } from '../support/stranger.js';
import type { TestDaemon } from '../support/test-daemon.js';

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

  it('with three rotations is served with all of them', async () => {
    const rotations = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const next = await federation.keys.next();
      rotations.push(await stranger.rotation(next));
      stranger.useKeys(next);
    }
    const record = await recordOf(stranger, { rotations });
    expect(await broughtTo(daemon, record)).toBe('taken');
    expect(await held()).toBe(recordMessage.encode(record));
    expect(recordMessage.decode(parseJson((await held())!))).toEqual(record);
  });

  it('with three rotations is caught up with by who knew the first key', async () => {
    await stranger.join(daemon);
    const rotations = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const next = await federation.keys.next();
      rotations.push(await stranger.rotation(next));
      stranger.useKeys(next);
    }
    const record = await recordOf(stranger, { rotations });
    expect(await broughtTo(daemon, record)).toBe('taken');
    expect(await held()).toBe(recordMessage.encode(record));
    const announced = await stranger.announceTo(daemon);
    expect(announced.status).toBe(200);
  });

  it('is counted in the digest, the order of arrival and the leaf', async () => {
    const records = recordsOf(daemon);
    const before = await records.digest();
    await broughtTo(daemon, await recordOf(stranger));
    const after = await records.digest();
    expect(after.root).not.toBe(before.root);
    const arrived = await records.hashesAfter(0, 10);
    expect(arrived.map(({ serverUuid }) => serverUuid).sort()).toEqual(
      [stranger.serverUuid, daemon.daemon.identity.self.serverUuid].sort(),
    );
    expect(INTRODUCER).toBeDefined();
  });
});
