import { afterEach, beforeEach, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { ANNOUNCEMENT, RECEIVE, type Stranger } from '../support/stranger.js';
import { Traffic } from './traffic.js';
import { Victim } from './victim.js';

interface Scene {
  readonly victim: Victim;
  readonly traffic: Traffic;
  readonly neighbor: Stranger;
}

/** One kill in the middle of gossip; each waits for another event. */
interface Killing {
  readonly when: string;
  /** Of a run that has only begun. */
  readonly isAtStart?: true;
  readonly arm: (scene: Scene) => void;
}

const KILLINGS: readonly Killing[] = [
  { when: 'the first announcement is on its way', arm: (scene) => killAtSent(scene, 1) },
  { when: 'the 23rd announcement is on its way', arm: (scene) => killAtSent(scene, 23) },
  { when: 'it has answered once', arm: (scene) => killAtAnswered(scene, 1) },
  { when: 'it has answered 60 times', arm: (scene) => killAtAnswered(scene, 60) },
  { when: 'it has answered 201 times', arm: (scene) => killAtAnswered(scene, 201) },
  {
    when: 'it fetches an announcement to join',
    isAtStart: true,
    arm: (scene) => killAtCall(scene, ANNOUNCEMENT, 1),
  },
  { when: 'it announces itself to join', isAtStart: true, arm: (scene) => killAtCall(scene, RECEIVE, 1) },
  { when: 'it calls its neighbour', arm: (scene) => killAtCall(scene, RECEIVE, 1) },
  { when: 'it calls its neighbour for the fourth time', arm: (scene) => killAtCall(scene, RECEIVE, 4) },
  { when: 'it has learnt a newcomer', arm: killAtNewcomer },
];

function killAtSent({ traffic, victim }: Scene, count: number): void {
  traffic.when(({ sent }) => sent === count, victim.kill);
}

function killAtAnswered({ traffic, victim }: Scene, count: number): void {
  traffic.when(({ answered }) => answered === count, victim.kill);
}

function killAtCall({ victim, neighbor }: Scene, path: string, count: number): void {
  const last = neighbor.callsTo(path).length + count;
  neighbor.answers = () => {
    if (neighbor.callsTo(path).length < last) return undefined;
    neighbor.answers = () => undefined;
    victim.kill();
    return undefined;
  };
}

function killAtNewcomer({ victim }: Scene): void {
  void victim.process.logged('Learnt a peer').then(victim.kill);
}

/** A bound on a hung test: a dozen starts of a process take a while on a busy machine. */
const HUNG_AFTER_MS = 400_000;

onEachDatabase('a daemon that is killed in the middle of gossip', (under) => {
  let federation: Federation;
  beforeEach(() => void (federation = new Federation(under)));
  afterEach(() => federation.end());

  it(
    'is the same server afterwards, with every peer and announcement that it acknowledged',
    async () => {
      const neighbor = await federation.stranger('neighbor.example');
      const victim = await Victim.create(under, {
        LATTICE_SERVER_ID: 'hub.example',
        LATTICE_BOOTSTRAP_SERVERS: neighbor.url,
        LATTICE_GOSSIP_INTERVAL: '100ms',
        LATTICE_NEIGHBOR_INTERVAL: '100ms',
        LATTICE_SOURCE_RATE_LIMIT: '0',
      });
      const scene = { victim, neighbor, traffic: new Traffic(victim) };
      const { serverUuid, fingerprint } = await victim.start();
      await victim.process.logged('Gained a neighbour');
      await Promise.all(Array.from({ length: 6 }, () => scene.traffic.addAuthor()));

      for (const { when, isAtStart, arm } of KILLINGS) {
        await scene.traffic.addAuthor();
        if (isAtStart === true) await victim.process.kill();
        arm(scene);
        if (isAtStart === true) await victim.start();
        await scene.traffic.run();
        expect(await victim.process.ended, when).toEqual({ code: null, signal: 'SIGKILL' });

        expect(await victim.start(), when).toMatchObject({ serverUuid, fingerprint });
        expect(await victim.peers(), when).toContain('neighbor.example');
        await scene.traffic.expectAllThere(when);
      }

      const leaf = await federation.start('leaf.example', { LATTICE_BOOTSTRAP_SERVERS: victim.url });
      await leaf.knows('hub.example');
      await victim.process.logged('Gained a neighbour', (line) => line['serverId'] === 'leaf.example');
    },
    HUNG_AFTER_MS,
  );
});
