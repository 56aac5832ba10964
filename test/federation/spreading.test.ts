import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRecord } from '../../src/peers/read-record.js';
import { recordHash } from '../../src/protocol/records/record-hash.js';
import { recordMessage, type WireRecord } from '../../src/protocol/records/record-message.js';
import { ASKED_MS } from '../../src/sync/rumor-policy.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { HoldingClock } from '../support/holding-clock.js';
import { bring, recordOf } from '../support/records.js';
import { RUMOR, type Stranger } from '../support/stranger.js';
import type { TestDaemon } from '../support/test-daemon.js';

const RECORDS = '/api/v1/ext/records';

const hashOf = (record: WireRecord): string => recordHash(readRecord(record).state);

onEachDatabase('what one server learns', (under) => {
  let federation: Federation;
  let clock: HoldingClock;

  beforeEach(() => {
    clock = new HoldingClock(ASKED_MS);
    federation = new Federation(under, clock);
  });

  afterEach(() => federation.end());

  /** Servers that each know the one before it, and nobody else. */
  async function chain(...names: readonly string[]): Promise<TestDaemon[]> {
    const daemons: TestDaemon[] = [];
    for (const name of names) {
      const before = daemons.at(-1);
      const daemon = await federation.start(name, { LATTICE_BOOTSTRAP_SERVERS: before?.url ?? '' });
      if (before !== undefined)
        await Promise.all([daemon.knows(before.config.serverId!), before.knows(name)]);
      daemons.push(daemon);
    }
    return daemons;
  }

  /** A server made by hand that speaks `ext:1`, and whose requests are of after the daemon's start. */
  async function extended(name: string, daemon: TestDaemon): Promise<Stranger> {
    const stranger = await federation.extendedStranger(name);
    await stranger.join(daemon);
    federation.clock.advance(1_000);
    return stranger;
  }

  /** Requests about its directory that a daemon has answered. */
  const asked = (daemon: TestDaemon): number =>
    daemon
      .logged('Request answered')
      .filter(({ fields }) => /ext\/(?:changes|digest|records)$/.test(String(fields['route']))).length;

  const knownTo = (daemon: TestDaemon): Promise<string[]> => daemon.names();

  it('is known to the whole chain once each has compared its directory with its neighbours', async () => {
    const daemons = await chain('a.example', 'b.example', 'c.example', 'd.example');
    for (let round = 0; round < 3; round += 1) {
      for (const daemon of daemons) await daemon.task('compare-directories');
    }
    expect(await knownTo(daemons[0]!)).toEqual(['b.example', 'c.example', 'd.example']);
    expect(await knownTo(daemons[3]!)).toEqual(['a.example', 'b.example', 'c.example']);
  });

  it('is passed on as a rumour to those who have never heard of it', async () => {
    const [first, , third] = await chain('a.example', 'b.example', 'c.example');
    const heard = first!.once('peer.introduced', ({ serverId }) => serverId === 'd.example');
    // It tells the third only, and does not answer: whom the third refers to it learns nothing there.
    const newcomer = await federation.extendedStranger('d.example');
    newcomer.answers = () => ({ status: 503, body: '{}' });
    await newcomer.joinAt(third!);
    expect(await heard).toMatchObject({ serverId: 'd.example' });
  });

  it('is fetched from another that offered it, where the first does not send it: all of it in one request', async () => {
    const daemon = await federation.start('a.example');
    const names = ['far.example', 'further.example'];
    const records = await Promise.all(names.map(async (name) => recordOf(await federation.stranger(name))));
    const uuids = records.map(({ serverUuid }) => serverUuid);
    const [first, second] = [await extended('b.example', daemon), await extended('c.example', daemon)];
    second.answers = ({ path }) =>
      path === RECORDS
        ? {
            status: 200,
            body: `{"records": [${records.map((record) => recordMessage.encode(record)).join()}]}`,
          }
        : undefined;
    clock.standStill();
    const introduced = names.map((name) =>
      daemon.once('peer.introduced', ({ serverId }) => serverId === name),
    );
    const offers = records.map((record) => ({
      server_uuid: record.serverUuid,
      hash: hashOf(record),
    }));
    const want = async (from: Stranger): Promise<unknown> =>
      (await from.call(daemon, 'POST', RUMOR, JSON.stringify({ offers }))).body;
    expect(await want(first)).toEqual({ want: uuids });
    expect(await want(second)).toEqual({ want: [] });
    clock.runOut();
    await Promise.all(introduced);
    expect(first.callsTo(RECORDS)).toHaveLength(0);
    expect(second.callsTo(RECORDS).map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { server_uuids: uuids },
    ]);
  });

  it('is not fetched from a server that has never answered us, nor lost by one that fails', async () => {
    const daemon = await federation.start('a.example');
    const [near, far] = await Promise.all(
      ['near.example', 'far.example'].map(async (name) => recordOf(await federation.stranger(name))),
    );
    const [first, failing, honest] = [
      await extended('b.example', daemon),
      await extended('c.example', daemon),
      await extended('d.example', daemon),
    ];
    const victim = await federation.extendedStranger('victim.example');
    await bring(daemon, await recordOf(victim));
    failing.answers = ({ path }) => (path === RECORDS ? { status: 500, body: '{}' } : undefined);
    honest.answers = ({ path }) =>
      path === RECORDS ? { status: 200, body: `{"records": [${recordMessage.encode(far!)}]}` } : undefined;
    clock.standStill();
    const introduced = daemon.once('peer.introduced', ({ serverId }) => serverId === 'far.example');
    const changed = daemon.once('record.changed', ({ serverUuid }) => serverUuid === far!.serverUuid);
    const offer = async (from: Stranger, ...offered: WireRecord[]): Promise<void> => {
      const offers = offered.map((record) => ({ server_uuid: record.serverUuid, hash: hashOf(record) }));
      const { status } = await from.call(daemon, 'POST', RUMOR, JSON.stringify({ offers }));
      expect(status).toBe(200);
    };
    await offer(first, near!, far!);
    await offer(victim, near!, far!);
    await offer(failing, near!);
    await offer(honest, far!);
    clock.runOut();
    await introduced;
    // It counts as told, not as asked for while comparing directories.
    expect(await changed).toMatchObject({ caughtUpFrom: null });
    await failing.called(RECORDS);
    expect(failing.callsTo(RECORDS)).toHaveLength(1);
    expect(victim.calls).toEqual([]);
  });

  /** What waits for who refuses a rumour is dropped, whatever came meanwhile. */
  const takeRumors = (stranger: Stranger): void => {
    stranger.answers = ({ path }) => (path === RUMOR ? { status: 200, body: '{"want": []}' } : undefined);
  };

  /** Resolves when it is told of this record whole. */
  const toldOf = ({ serverUuid }: WireRecord, neighbor: Stranger): Promise<void> =>
    new Promise((resolve) => {
      const before = neighbor.answers;
      neighbor.answers = (call) => {
        if (call.path === RUMOR && call.body.includes(serverUuid)) resolve();
        return before(call);
      };
    });

  it('is told to whoever offered it as a stranger or long ago, and not to a neighbour that did just now', async () => {
    const daemon = await federation.start('a.example');
    const record = await recordOf(await federation.stranger('far.example'));
    const body = JSON.stringify({ offers: [{ server_uuid: record.serverUuid, hash: hashOf(record) }] });
    const [early, now] = [await extended('b.example', daemon), await extended('c.example', daemon)];
    const stranger = await federation.extendedStranger('d.example');
    [early, now, stranger].forEach(takeRumors);
    await bring(daemon, await recordOf(stranger));
    await early.call(daemon, 'POST', RUMOR, body);
    federation.clock.advance(10 * 60_000);
    await now.call(daemon, 'POST', RUMOR, body);
    await stranger.call(daemon, 'POST', RUMOR, body);
    await stranger.join(daemon);
    const told = Promise.all([early, stranger].map((neighbor) => toldOf(record, neighbor)));
    await bring(daemon, record);
    await told;
    expect(now.callsTo(RUMOR).filter((call) => call.body.includes(record.serverUuid))).toEqual([]);
  });

  it('is told by its leaves once, however often one asks for the same bucket', async () => {
    const daemon = await federation.start('a.example');
    const caller = await extended('b.example', daemon);
    const body = JSON.stringify({ buckets: Array<number>(64).fill(17) });
    const answer = await caller.call(daemon, 'POST', '/api/v1/ext/digest', body);
    expect(answer.body.leaf_hashes).toHaveLength(1);
  });

  it('costs one request where two directories are equal', async () => {
    const [one, other] = await chain('a.example', 'b.example');
    await one!.task('compare-directories');
    await other!.task('compare-directories');
    const before = asked(other!);
    expect(await one!.task('compare-directories')).toMatchObject({ asked: 0, taken: 0, equal: true });
    expect(asked(other!) - before).toBe(1);
  });
});
