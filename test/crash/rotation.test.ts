import { existsSync, watch } from 'node:fs';
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PeersService } from '../../src/peers/peers.service.js';
import { fingerprintOf, SignatureVerifier, Signer } from '../../src/platform/keys.js';
import { parseJson } from '../../src/protocol/json.js';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation, type TestDaemon } from '../support/federation.js';
import { ANNOUNCEMENT, RECEIVE, type Stranger } from '../support/stranger.js';
import type { Process } from '../support/processes.js';
import { Victim } from './victim.js';

const KEY = 'private_key.pem';
const NEXT_KEY = 'next_private_key.pem';
const HALF_WRITTEN = '.next_private_key.pem.new';
const KEPT_KEY = 'kept_private_key.pem';

interface Scene {
  readonly victim: Victim;
  readonly neighbor: Stranger;
  /** What is killed: this run of it alone, as an event may come late. */
  readonly run: Process;
}

/** One kill in the middle of a rotation; each waits for another event. */
interface Killing {
  readonly when: string;
  readonly arm: (scene: Scene) => void;
  /** What the crash leaves in the data folder, where no event comes at just that moment. */
  readonly leave?: (dataDir: string) => Promise<void>;
}

const KILLINGS: readonly Killing[] = [
  { when: 'the request is on its way', arm: kill },
  { when: 'the next key is being written', arm: (scene) => killAtFile(scene, HALF_WRITTEN) },
  { when: 'the next key is stored', arm: (scene) => killAtFile(scene, NEXT_KEY) },
  { when: 'the next key is stored, and a request later', arm: (scene) => killAfterFile(scene, 1) },
  { when: 'the next key is stored, and two requests later', arm: (scene) => killAfterFile(scene, 2) },
  { when: 'the next key is stored, and four requests later', arm: (scene) => killAfterFile(scene, 4) },
  { when: 'a neighbour is told', arm: killAsNeighborIsTold },
  { when: 'the key is replaced', arm: (scene) => killAtFile(scene, KEY) },
  { when: 'the answer has come', arm: () => undefined },
  { when: 'all is done but the key is not replaced', arm: () => undefined, leave: undoReplacement },
  {
    when: 'half of the next key is written',
    arm: (scene) => killAtFile(scene, HALF_WRITTEN),
    leave: (dataDir) =>
      writeFile(join(dataDir, HALF_WRITTEN), '-----BEGIN PRIVATE KEY-----\nMIIE', { mode: 0o600 }),
  },
];

function kill({ run }: Scene): void {
  run.signal('SIGKILL');
}

/** Not before the rotation is asked for: a watcher tells of changes from now on. */
function onFile({ victim, run }: Scene, name: string, act: () => void): void {
  const watcher = watch(victim.dataDir, (_event, changed) => {
    if (changed !== name) return;
    watcher.close();
    act();
  });
  void run.ended.then(() => watcher.close());
}

function killAtFile(scene: Scene, name: string): void {
  onFile(scene, name, () => kill(scene));
}

function killAfterFile(scene: Scene, requests: number): void {
  const ask = async (): Promise<void> => {
    for (let count = 0; count < requests; count += 1) await scene.victim.get('/status');
  };
  // It may be gone before they are answered.
  onFile(scene, NEXT_KEY, () => {
    const done = (): void => kill(scene);
    void ask().then(done, done);
  });
}

function killAsNeighborIsTold(scene: Scene): void {
  const { neighbor } = scene;
  neighbor.answers = ({ path, body }) => {
    if (path === RECEIVE && body.includes('"key_rotation"')) {
      neighbor.answers = () => undefined;
      kill(scene);
    }
    return undefined;
  };
}

/** The folder as it is between the commit and the last step, the replacement of the key. */
async function undoReplacement(dataDir: string): Promise<void> {
  await rename(join(dataDir, KEY), join(dataDir, NEXT_KEY));
  await copyFile(join(dataDir, KEPT_KEY), join(dataDir, KEY));
}

async function fingerprintOnDisk(dataDir: string): Promise<string> {
  return Signer.fromPrivateKey(await readFile(join(dataDir, KEY), 'utf8')).fingerprint;
}

/** A bound on a hung test: a dozen starts of a process take a while on a busy machine. */
const HUNG_AFTER_MS = 400_000;

onEachDatabase('a daemon that is killed in the middle of a key rotation', (under) => {
  let federation: Federation;
  beforeEach(() => void (federation = new Federation(under)));
  afterEach(() => federation.end());

  async function known(witness: TestDaemon): Promise<string | undefined> {
    const peers = witness.daemon.app.get(PeersService, { strict: false });
    return (await peers.findByName('hub.example'))?.fingerprint;
  }

  /** That it is one server with one key: in its folder, in its row, in what it signs, and whole. */
  async function expectWhole(victim: Victim, fingerprint: string, when: string): Promise<void> {
    expect(existsSync(join(victim.dataDir, NEXT_KEY)), when).toBe(false);
    expect(await fingerprintOnDisk(victim.dataDir), when).toBe(fingerprint);
    expect(await victim.get('/api/v1/identity'), when).toMatchObject({ fingerprint });
    const text = await (await fetch(victim.url + ANNOUNCEMENT)).text();
    const announcement = announcementMessage.decode(parseJson(text));
    expect(fingerprintOf(announcement.publicKey), when).toBe(fingerprint);
    const signed = announcementMessage.signingText(announcement);
    const holds = await new SignatureVerifier().verify(
      announcement.publicKey,
      signed,
      announcement.signature,
    );
    expect(holds, when).toBe(true);
    expect(await victim.peers(), when).toEqual(
      expect.arrayContaining(['neighbor.example', 'witness.example']),
    );
  }

  it(
    'is the same server afterwards, with one key that its peers come to know',
    async () => {
      const neighbor = await federation.stranger('neighbor.example');
      const witness = await federation.start('witness.example');
      const victim = await Victim.create(under, {
        LATTICE_SERVER_ID: 'hub.example',
        LATTICE_BOOTSTRAP_SERVERS: `${neighbor.url},${witness.url}`,
        LATTICE_SCHEDULER: 'external',
      });
      const { serverUuid, ...first } = await victim.start();
      let { fingerprint } = first;
      await Promise.all(
        [neighbor, witness].map(({ url }) =>
          victim.process.logged('Joined through a bootstrap server', ({ server }) => server === url),
        ),
      );
      const fingerprints = new Set([fingerprint]);

      for (const { when, arm, leave } of KILLINGS) {
        await copyFile(join(victim.dataDir, KEY), join(victim.dataDir, KEPT_KEY));
        const answer = victim.post('/api/v1/identity/rotate-key', '{"reason":"upgrade"}').catch(() => null);
        const run = victim.process;
        arm({ victim, neighbor, run });
        const rotated = (await answer)?.body;
        run.signal('SIGKILL');
        expect(await run.ended, when).toEqual({ code: null, signal: 'SIGKILL' });
        await leave?.(victim.dataDir);

        const again = await victim.start();
        expect(again.serverUuid, when).toBe(serverUuid);
        if (rotated !== undefined) expect(again.fingerprint, when).toBe(rotated['fingerprint']);
        await expectWhole(victim, again.fingerprint, when);
        fingerprint = again.fingerprint;
        fingerprints.add(fingerprint);
      }

      // Those that answered rotated for certain; the witness takes one after the other, in order.
      expect(fingerprints.size).toBeGreaterThanOrEqual(3);
      await witness.until(async () => (await known(witness)) === fingerprint);
      expect(await victim.post('/api/v1/announce', '{"force":true}')).toMatchObject({ status: 200 });
      const announcement = await victim.get(ANNOUNCEMENT);
      const envelope = { message_type: 'announcement', from_server: 'hub.example', payload: announcement };
      const timestamp = new Date().toISOString();
      expect(await witness.post(RECEIVE, { ...envelope, timestamp })).toMatchObject({ status: 200 });
    },
    HUNG_AFTER_MS,
  );
});
