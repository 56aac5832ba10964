import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FederationError } from '../../src/protocol/errors.js';
import { parseJson } from '../../src/protocol/json.js';
import { MAX_NEIGHBORS } from '../../src/protocol/limits.js';
import { recordMessage, type WireRecord } from '../../src/protocol/records/record-message.js';
import { databaseKinds } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { broughtTo, recordsOf } from '../support/records.js';
import { RedirectedPeerHttp } from '../support/redirected-peer-http.js';
import type { TestDaemon } from '../support/test-daemon.js';

const SERVERS = 30;
const OVER_A_MINUTE_MS = 61_000;
/** Nobody listens there. */
const CLOSED = 'http://127.0.0.1:1';

/** A server whose calls are refused wherever `cut` says so. */
interface Member {
  readonly name: string;
  daemon: TestDaemon;
  readonly cut: Map<string, string>;
}

const postgres = databaseKinds[0]!;

// On PostgreSQL alone: thirty embedded databases take more memory than a small machine has.
describe.skipIf(inject('postgresMissing') !== null)('thirty servers', { timeout: 600_000 }, () => {
  const federation = new Federation(postgres);
  const members: Member[] = [];

  const named = (position: number): string => `server-${String(position).padStart(2, '0')}`;
  const all = Array.from({ length: SERVERS }, (_, position) => named(position));

  async function start(name: string, introducer?: Member, cut = new Map<string, string>()): Promise<Member> {
    const bootstrap = { LATTICE_BOOTSTRAP_SERVERS: introducer?.daemon.url ?? '' };
    const daemon = await federation.start(name, bootstrap, { peerHttp: new RedirectedPeerHttp(cut) });
    return { name, daemon, cut };
  }

  /** A period of anti-entropy: each compares its directory with one neighbour, if that can be reached. */
  async function period(of: readonly Member[] = members): Promise<void> {
    for (const { daemon } of of) {
      await daemon.task('compare-directories').catch((error: unknown) => {
        if (!(error instanceof FederationError) || error.code !== 'peer_unreachable') throw error;
      });
    }
  }

  /** A minute passes, and each looks at its neighbours. */
  async function minute(of: readonly Member[]): Promise<void> {
    federation.clock.advance(OVER_A_MINUTE_MS);
    for (const { daemon } of of) await daemon.task('probe-neighbors');
  }

  const unknownTo = async ({ name, daemon }: Member, names: readonly string[]): Promise<string[]> => {
    const known = new Set(await daemon.names());
    return names.filter((other) => other !== name && !known.has(other)).map((other) => `${name}: ${other}`);
  };

  /** Until each knows these; a period is a minute, and what was passed on in it arrives within seconds. */
  const allKnow = async (of: readonly Member[], names: readonly string[]): Promise<void> => {
    const knows = (member: Member) =>
      member.daemon.until(async () => (await unknownTo(member, names)).length === 0);
    await Promise.all(of.map(knows));
  };

  const unknown = async (of: readonly Member[], names: readonly string[]): Promise<string[]> =>
    (await Promise.all(of.map((member) => unknownTo(member, names)))).flat();

  /** What the neighbours of a server say of it. */
  async function statesOf(name: string, of: readonly Member[]): Promise<string[]> {
    const states: string[] = [];
    for (const { daemon } of of) {
      const listed = (await daemon.peers('?detail=true')) as unknown as Listed[];
      const one = listed.find(({ server_id: id, is_neighbor: isNeighbor }) => id === name && isNeighbor);
      if (one !== undefined) states.push(one.state ?? 'unknown');
    }
    return states;
  }

  /** What each holds of a server. */
  const trustIn = (name: string, of: readonly Member[]): Promise<(string | undefined)[]> =>
    Promise.all(
      of.map(async ({ daemon }) => {
        const listed = await daemon.peers('?include_blocked=true&active_only=false');
        return listed.find(({ server_id: id }) => id === name)?.trust_status;
      }),
    );

  const servedBy = async ({ daemon }: Member, serverUuid: string): Promise<WireRecord> => {
    const [served] = await recordsOf(daemon).recordsOf([serverUuid]);
    return recordMessage.decode(parseJson(served!.text));
  };

  beforeAll(async () => {
    for (const name of all) {
      const introducer = members.at(-1);
      const member = await start(name, introducer);
      if (introducer !== undefined)
        await member.daemon.until(async () => (await unknownTo(member, [introducer.name])).length === 0);
      members.push(member);
    }
  }, 600_000);

  afterAll(() => federation.end());

  it('of which each was told of the one before it all know all within three periods of comparing', async () => {
    for (let periods = 0; periods < 3; periods += 1) await period();
    await allKnow(members, all);
    expect(await unknown(members, all)).toEqual([]);
  });

  it('hold one of them that was killed for down, all its neighbours, and for up once it is back', async () => {
    const [victim, ...others] = members as [Member, ...Member[]];
    await minute(members);
    expect(new Set(await statesOf(victim.name, others))).toEqual(new Set(['up']));
    await federation.stop(victim.daemon);
    for (let minutes = 0; minutes < 17; minutes += 1) await minute(others);
    expect((await statesOf(victim.name, others)).filter((state) => state !== 'down')).toEqual([]);
    const peerHttp = new RedirectedPeerHttp(victim.cut);
    victim.daemon = await federation.startAgain(victim.daemon, {}, { peerHttp });
    // Some have found others for its place, or all.
    await victim.daemon.task('tend-links');
    await victim.daemon.task('seek-neighbors');
    await minute(members);
    await minute(members);
    expect(new Set(await statesOf(victim.name, others))).toEqual(new Set(['up']));
  });

  it('that could not reach each other for a while know afterwards what has happened on the other side', async () => {
    const halves = [members.slice(0, 15), members.slice(15)] as const;
    for (const [here, there] of [halves, [...halves].reverse()] as const) {
      for (const { cut } of here) for (const { daemon } of there) cut.set(daemon.url, CLOSED);
    }
    // From its first moment: it calls those that its introducer tells it of.
    const beyond = new Map(halves[1].map(({ daemon }) => [daemon.url, CLOSED]));
    const newcomer = await start('server-99', halves[0][0], beyond);
    // Half of the neighbours are out of reach.
    for (let periods = 0; periods < MAX_NEIGHBORS; periods += 1) await period();
    await allKnow(halves[0], ['server-99']);
    expect(await unknown(halves[1], ['server-99'])).toHaveLength(halves[1].length);
    for (const { cut } of [...members, newcomer]) cut.clear();
    members.push(newcomer);
    for (let periods = 0; periods < MAX_NEIGHBORS; periods += 1) await period();
    await allKnow(members, ['server-99']);
  });

  it('never take back one that was revoked, in whatever order its old records come again', async () => {
    const [witness, owner, ...others] = members as [Member, Member, ...Member[]];
    const { serverUuid } = owner.daemon.daemon.identity.self;
    const early = await servedBy(witness, serverUuid);
    await owner.daemon.post('/api/v1/identity/rotate-key', { reason: 'upgrade' });
    await period();
    const rotated = await servedBy(witness, serverUuid);
    await owner.daemon.post('/api/v1/identity/revoke', { reason: 'retired', confirm: 'permanently' });
    // Each asks all its neighbours once.
    for (let periods = 0; periods < MAX_NEIGHBORS; periods += 1)
      await period(members.filter((one) => one !== owner));
    const revoked = await servedBy(witness, serverUuid);
    expect(revoked.revocation).not.toBeNull();
    const orders = [
      [early, rotated],
      [rotated, early],
      [early, revoked, rotated],
      [rotated, revoked, early],
    ];
    for (const [place, order] of orders.entries()) {
      for (const record of order) await broughtTo(others[place]!.daemon, record);
    }
    await period(members.filter((one) => one !== owner));
    expect(new Set(await trustIn(owner.name, [witness, ...others]))).toEqual(new Set(['revoked']));
  });
});

interface Listed {
  readonly server_id: string;
  readonly is_neighbor: boolean;
  readonly state: string | null;
}
