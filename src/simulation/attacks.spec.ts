import { describe, expect, it } from 'vitest';
import { Federation } from './federation.js';
import { shareHolding } from './latest.js';
import { watch } from './scenarios/detection.js';
import { besiege } from './scenarios/sybil.js';

const options = { nodes: 120, seed: 1, loss: 0, dead: 0 };

describe('in the simulated network', () => {
  it('a revoked server never returns, whatever old records are replayed', () => {
    const federation = new Federation({ ...options, isSettled: true });
    federation.settle();
    for (const server of federation.live()) federation.start(server, { refresh: false });
    const revoked = federation.signatures.revoked(federation.directories.held(5, 5)!, 1);
    federation.mill.receive(5, { subject: 5, record: revoked }, 5, 'announcement');
    federation.clock.runUntil(5 * 60_000);
    for (let turn = 0; turn < 20; turn += 1) {
      const record = federation.signatures.record(5, federation.clock.now(), turn);
      federation.mill.receive(turn, { subject: 5, record }, 7, 'rumor');
      federation.clock.runUntil(federation.clock.now() + 30_000);
    }
    expect(
      federation.live().every((server) => federation.directories.held(server, 5)!.revocation !== null),
    ).toBe(true);
  });

  it('a partition keeps a record on one side: coverage is not full by itself', () => {
    const federation = new Federation({ ...options, isSettled: true });
    for (let server = 0; server < 60; server += 1) federation.network.part[server] = 1;
    federation.settle();
    for (const server of federation.live()) federation.start(server, { refresh: false });
    federation.publish(0, 'change');
    federation.clock.runUntil(10 * 60_000);
    expect(shareHolding(federation, 0)).toBe(0.5);
  });

  it('the dead are found within eight minutes, and no healthy server is held for down by most', () => {
    const found = watch(options, { loss: 0.05, slow: 0.1, withLocalHealth: true });
    expect(found.undetected).toBe(0);
    expect(found.medianMs).toBeLessThanOrEqual(8 * 60_000);
    expect(found.healthyDown).toBe(0);
  });

  it('servers that do not look at their own health accuse the healthy more often', () => {
    const [withIt, without] = [true, false].map(
      (withLocalHealth) => watch(options, { loss: 0.25, slow: 0.25, withLocalHealth }).falseVerdicts,
    );
    expect(without).toBeGreaterThan(withIt!);
  });

  it.each([
    ['10 networks', 10, 0.3],
    ['networks of their own', Infinity, 0.45],
  ])('hostile servers in %s hold few places of the honest', (_where, networks, most) => {
    const found = besiege({ ...options, nodes: 400 }, { share: 0.3, networks, ageDays: 0 }, 1);
    expect(found.byDay.at(-1)).toBeLessThanOrEqual(most);
    expect(found.meanNeighbors).toBeGreaterThan(6);
  });

  it('and would hold more of them if nobody could tell that they are new', () => {
    const [fresh, old] = [0, 720].map((ageDays) =>
      besiege(options, { share: 0.3, networks: Infinity, ageDays }, 1).byDay.at(-1)!,
    );
    expect(old).toBeGreaterThan(fresh! + 0.1);
  });
});
