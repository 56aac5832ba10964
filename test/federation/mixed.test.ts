import { afterEach, beforeEach, expect, it } from 'vitest';
import { SystemRandom } from '../../src/platform/random.js';
import { planRumor } from '../../src/sync/rumor-policy.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { HoldingClock } from '../support/holding-clock.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

const LEGACY = { LATTICE_EXTENSIONS: 'off' };
/** Whatever one server can say of another's signature. */
const REFUSED = /signature_invalid|signature_required|malformed_signature|digest_mismatch/;

const DRAW = 0.3;

/** Draws the same every time, so that it is known how long a rumour waits. */
class SameRandom extends SystemRandom {
  override uniform(): number {
    return DRAW;
  }
}

onEachDatabase('servers with the extension and servers without it', (under) => {
  let federation: Federation;

  beforeEach(() => {
    federation = new Federation(under);
  });

  afterEach(() => federation.end());

  /** What a daemon logged of requests to `path`, and of refusals that tell of a signature. */
  const requests = ({ log }: TestDaemon, path: RegExp): unknown[] =>
    log.entries.filter(({ fields }) => path.test(String(fields['route'])));
  const refusals = ({ log }: TestDaemon): unknown[] =>
    log.entries.filter((entry) => REFUSED.test(JSON.stringify(entry)));

  it('come to know each other, follow a new key, find each other and refuse no signature', async () => {
    const first = await federation.start('ext-1.example');
    const legacy = [
      await federation.newcomer([first], 'old-1.example', LEGACY),
      await federation.newcomer([first], 'old-2.example', LEGACY),
    ];
    // Its rumours wait until all know its new key: whoever has yet to hear of it would refuse them.
    const plan = planRumor({ neighbors: [], knowing: new Set<string>(), jitterDraw: DRAW });
    const clock = new HoldingClock(plan.pushAfterMs);
    const extended = [
      first,
      await federation.newcomer([first], 'ext-2.example', {}, { clock, random: new SameRandom() }),
      await federation.newcomer([first], 'ext-3.example'),
    ];
    const daemons = [...extended, ...legacy];
    const names = daemons.map(({ config }) => config.serverId!);
    for (const daemon of daemons)
      await daemon.knows(...names.filter((name) => name !== daemon.config.serverId));
    for (const daemon of daemons) await daemon.task('gossip-round');
    for (const daemon of extended) {
      await daemon.task('compare-directories');
      await daemon.task('probe-neighbors');
    }
    for (const rotating of [extended[1]!, legacy[0]!]) {
      const others = daemons.filter((daemon) => daemon !== rotating);
      const answer = await rotating.post('/api/v1/identity/rotate-key', {});
      expect(outcome(answer)).toBe('200');
      const path = `/api/v1/peers/${rotating.config.serverId}`;
      const { fingerprint } = answer.body;
      for (const other of others)
        await other.until(async () => (await other.get(path)).body.fingerprint === fingerprint);
    }
    const told = extended[1]!.once('rumor.sent', ({ records }) => records > 0);
    clock.runOut();
    expect(await told).toMatchObject({ outcome: 'ok' });
    for (const daemon of daemons) {
      await daemon.task('gossip-round');
      for (const name of names) expect(await daemon.route(name)).toMatchObject({ found: true });
    }
    for (const daemon of daemons) expect(refusals(daemon)).toEqual([]);
    // The extension was spoken, and to those alone who speak it.
    expect(extended.flatMap((daemon) => requests(daemon, /ext\/(?:changes|digest)/))).not.toEqual([]);
    for (const daemon of legacy) expect(requests(daemon, /\/ext\//)).toEqual([]);
  });
});
