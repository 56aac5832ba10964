import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PeersService } from '../../src/peers/peers.service.js';
import type { Timer } from '../../src/platform/clock.js';
import { MAX_DIGEST_BUCKETS } from '../../src/protocol/limits.js';
import { BUCKETS, hashOfEntries, leafOf, LEAVES_PER_BUCKET } from '../../src/protocol/records/digest.js';
import { recordMessage, type WireRecord } from '../../src/protocol/records/record-message.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { AntiEntropyService, type ComparisonOutcome } from '../../src/sync/anti-entropy.service.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { MovableClock } from '../support/movable-clock.js';
import { recordOf, recordsOf } from '../support/records.js';
import { RUMOR, type Reply, type Stranger } from '../support/stranger.js';
import type { TestDaemon } from '../support/test-daemon.js';

const CHANGES = '/api/v1/ext/changes';
const DIGEST = '/api/v1/ext/digest';
const RECORDS = '/api/v1/ext/records';
const DEADLINE_MS = 120_000;
/** More than any comparison asks for here: a server that is asked so often has had enough. */
const ENOUGH = 100;
const HASH = 'a'.repeat(64);
const NOBODY = '00000000-0000-4000-8000-0000000000bb';

/** Its deadline for a comparison is over when the test says so. */
class DeadlineClock extends MovableClock {
  end = (): void => undefined;

  override after(ms: number, run: () => void): Timer {
    if (ms !== DEADLINE_MS) return super.after(ms, run);
    this.end = run;
    return { cancel: () => undefined };
  }
}

interface DigestQuestion {
  readonly root: string | null;
  readonly buckets: readonly number[];
  readonly leaves: readonly number[];
}

onEachDatabase('comparing directories', (under) => {
  let federation: Federation;
  let clock: DeadlineClock;
  let daemon: TestDaemon;
  let partner: Stranger;

  beforeEach(async () => {
    federation = new Federation(under);
    clock = new DeadlineClock();
    daemon = await federation.start('here.example', {}, { clock });
    partner = await federation.extendedStranger('there.example');
    await partner.join(daemon);
  });
  afterEach(() => federation.end());

  const compare = async (): Promise<ComparisonOutcome> => {
    const { app } = daemon.daemon;
    const peer = await app.get(PeersService, { strict: false }).findByUuid(partner.serverUuid);
    return app.get(AntiEntropyService, { strict: false }).compareWith(peer!);
  };
  const reply = (body: unknown): Reply => ({ status: 200, body: JSON.stringify(body) });
  /** A page of changes that names somebody of whom nothing is to be had. */
  const page = (after: number, more: boolean): Reply =>
    reply({ epoch: 'e', changes: [{ server_uuid: NOBODY, hash: HASH }], after, more, root: null });
  const digest = (told: object): Reply =>
    reply({ epoch: 'e', after: 0, same: false, bucket_hashes: [], leaf_hashes: [], entries: [], ...told });

  it('offers a partner that differs what has come here since the last time, once, and nothing of what it told us', async () => {
    const [far, near] = [
      await federation.extendedStranger('far.example'),
      await federation.extendedStranger('near.example'),
    ];
    // Of an hour ago, and asked for: nothing that would be passed on as a rumour.
    const timestamp = formatTimestamp(clock.now() - 3_600_000);
    const [fromOthers, fromIt] = [
      await recordOf(far, { announcement: await far.announcement({ timestamp }) }),
      await recordOf(near, { announcement: await near.announcement({ timestamp }) }),
    ];
    /** Of others something may be new, too: of the partner itself, say. */
    const told = (): string[] =>
      partner
        .callsTo(RUMOR)
        .flatMap(({ body }) => (JSON.parse(body) as { offers: { server_uuid: string }[] }).offers)
        .map(({ server_uuid: serverUuid }) => serverUuid)
        .filter((serverUuid) => [far.serverUuid, near.serverUuid].includes(serverUuid));
    const answers = (path: string): Reply | undefined => {
      const changes = [{ server_uuid: near.serverUuid, hash: HASH }];
      if (path === CHANGES) return reply({ epoch: 'e', changes, after: 0, more: false, root: HASH });
      if (path === RECORDS) return { status: 200, body: `{"records": [${recordMessage.encode(fromIt)}]}` };
      if (path === RUMOR) return reply({ want: [] });
      return path === DIGEST ? digest({}) : undefined;
    };
    const from = { serverUuid: NOBODY, provenAt: 0 };
    partner.answers = ({ path }) =>
      path === CHANGES
        ? reply({ epoch: 'e', changes: [], after: 0, more: false, root: HASH })
        : answers(path);
    await compare();
    partner.answers = ({ path }) => answers(path);
    await recordsOf(daemon).takeAllRelayed([fromOthers], from, true);
    await compare();
    await partner.called(RUMOR);
    await compare();
    expect(told()).toEqual([far.serverUuid]);
  });

  describe('with one that always has more to tell', () => {
    it.each([
      ['and stays where it is', () => 7, 2],
      ['and goes on for ever', (asked: number) => asked, 48],
    ])('%s comes to an end, and looks for the rest by digests', async (_sentence, after, pages) => {
      partner.answers = ({ path }) => {
        const asked = partner.callsTo(CHANGES).length;
        if (path === CHANGES) return asked > ENOUGH ? { status: 500, body: '{}' } : page(after(asked), true);
        if (path === DIGEST) return digest({ same: true });
        return path === RECORDS ? reply({ records: [] }) : undefined;
      };
      expect(await compare()).toMatchObject({ serverId: 'there.example', equal: true });
      expect(partner.callsTo(CHANGES)).toHaveLength(pages);
      expect(partner.callsTo(DIGEST)).toHaveLength(1);
    });
  });

  it('with one that takes too long is left, and goes on from there the next time', async () => {
    partner.answers = ({ path }) => {
      if (path === RECORDS) return reply({ records: [] });
      if (path !== CHANGES) return undefined;
      if (partner.callsTo(CHANGES).length === 1) return page(7, true);
      clock.end();
      return new Promise(() => undefined);
    };
    expect(await compare()).toMatchObject({ serverId: 'there.example', equal: false });
    expect(await compare()).toMatchObject({ equal: false });
    expect(partner.callsTo(CHANGES).map(({ body }) => (JSON.parse(body) as { after: number }).after)).toEqual(
      [0, 7, 7],
    );
  });

  describe('by digests', () => {
    let records: WireRecord[];
    let leaves: number[];

    beforeEach(async () => {
      const server = await federation.stranger('invented.example');
      [records, leaves] = [[], []];
      for (let number = 0; leaves.length < 3; number += 1) {
        server.serverUuid = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
        server.serverId = `invented-${number}.example`;
        const leaf = leafOf(server.serverUuid);
        // Below buckets that are asked for together.
        if (leaf >= MAX_DIGEST_BUCKETS * LEAVES_PER_BUCKET || leaf <= (leaves.at(-1) ?? -1)) continue;
        records.push(await recordOf(server));
        leaves.push(leaf);
      }
    });

    /** Tells all but what is in the leaves, which `entriesOf` tells. */
    function answerDigest(
      body: string,
      entriesOf: (leaves: readonly number[]) => readonly WireRecord[],
    ): Reply {
      const question = JSON.parse(body) as DigestQuestion;
      if (question.root !== null) return digest({ bucket_hashes: Array<string>(BUCKETS).fill(HASH) });
      const leaf_hashes = question.buckets.map((bucket) => ({
        bucket,
        hashes: Array.from({ length: LEAVES_PER_BUCKET }, (_, place) =>
          leaves.includes(bucket * LEAVES_PER_BUCKET + place) ? HASH : hashOfEntries([]),
        ),
      }));
      const entries = entriesOf(question.leaves).map(({ serverUuid: server_uuid }) => ({
        server_uuid,
        hash: HASH,
      }));
      return digest({ leaf_hashes, entries });
    }

    const asked = (): (readonly number[])[] =>
      partner
        .callsTo(DIGEST)
        .map(({ body }) => (JSON.parse(body) as DigestQuestion).leaves)
        .filter((some) => some.length > 0);

    it.each<[string, (asked: readonly number[]) => readonly WireRecord[], number]>([
      [
        'asks again for leaves for which there was no room',
        ([first]) => records.filter(({ serverUuid }) => leafOf(serverUuid) === first),
        3,
      ],
      [
        'leaves out one of which nothing is told, and asks for those behind it',
        (some) =>
          some[0] === leaves[0] ? [] : records.filter(({ serverUuid }) => some.includes(leafOf(serverUuid))),
        2,
      ],
    ])('%s', async (_sentence, entriesOf, taken) => {
      partner.answers = ({ path, body }) => {
        if (path === CHANGES) return reply({ epoch: 'e', changes: [], after: 0, more: false, root: null });
        if (path === DIGEST) return answerDigest(body, entriesOf);
        if (path !== RECORDS) return undefined;
        const { server_uuids } = JSON.parse(body) as { server_uuids: string[] };
        const told = records.filter(({ serverUuid }) => server_uuids.includes(serverUuid));
        return { status: 200, body: `{"records": [${told.map((one) => recordMessage.encode(one)).join()}]}` };
      };
      expect(await compare()).toMatchObject({ taken });
      expect(asked()[0]).toEqual(leaves);
      expect(asked()[1]).toEqual(leaves.slice(1));
    });
  });
});
