import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../platform/random.js';
import { Directories } from './directories.js';
import { signaturesFor } from './signatures.js';

const signatures = signaturesFor(200, new SeededRandom(1));
const settled = (): Directories => new Directories(200, (server) => signatures.record(server, 0, 0), true);

describe('the directories of 200 servers', () => {
  it('are equal in the beginning, and again when both have taken in the same, in any order', () => {
    const directories = settled();
    expect(directories.isEqual(3, 4)).toBe(true);
    const [one, other] = [signatures.record(1, 5, 1), signatures.record(2, 5, 1)];
    expect(directories.merge(3, 1, one)).toEqual({ material: true, newerByMs: 5 });
    expect(directories.isEqual(3, 4)).toBe(false);
    directories.merge(3, 2, other);
    directories.merge(4, 2, other);
    directories.merge(4, 1, one);
    expect(directories.isEqual(3, 4)).toBe(true);
    expect(directories.merge(3, 1, one)).toBeNull();
  });

  it('are found to differ in just what differs, by their digests', () => {
    const directories = settled();
    for (const subject of [1, 2, 150]) directories.merge(3, subject, signatures.record(subject, 5, 1));
    expect(directories.compare(3, 4).subjects).toEqual([1, 2, 150]);
    expect(directories.compare(4, 5)).toEqual({ subjects: [], hashes: 1 });
  });

  it.each([
    ['settled', true],
    ['empty', false],
  ])(
    'begun %s, are found to differ in what a look through them shows, whatever came first',
    (_how, isSettled) => {
      const random = new SeededRandom(2);
      const directories = new Directories(200, (server) => signatures.record(server, 0, 0), isSettled);
      const draw = (below: number): number => Math.floor(random.uniform() * below);
      for (let merges = 0; merges < 500; merges += 1) {
        const subject = draw(200);
        directories.merge(draw(5), subject, signatures.record(subject, draw(3), draw(2)));
        const [one, other] = [draw(5), draw(5)];
        const differing = Array.from({ length: 200 }, (_, place) => place).filter(
          (place) => directories.hash(one, place) !== directories.hash(other, place),
        );
        expect(directories.compare(one, other).subjects).toEqual(differing);
      }
    },
  );

  it('hold nothing but themselves, where they do not begin settled', () => {
    const directories = new Directories(200, (server) => signatures.record(server, 0, 0), false);
    expect(directories.held(3, 3)).toBeDefined();
    expect(directories.held(3, 4)).toBeUndefined();
    expect(directories.merge(3, 4, signatures.record(4, 0, 0))).toEqual({ material: true, newerByMs: 0 });
    expect([directories.knownTo(3), directories.knownTo(4)]).toEqual([[3, 4], [4]]);
  });

  it('keep a revocation against whatever comes later', () => {
    const directories = settled();
    directories.merge(3, 1, signatures.revoked(signatures.record(1, 0, 0), 5));
    expect(directories.merge(3, 1, signatures.record(1, 9, 2))).toMatchObject({ material: true });
    expect(directories.held(3, 1)!.revocation).not.toBeNull();
  });
});

describe('signatures', () => {
  it('are real below 100 servers: what somebody has altered does not hold', () => {
    const real = signaturesFor(3, new SeededRandom(1));
    const record = real.record(1, 0, 0);
    expect([real.kind, real.holds(record)]).toEqual(['rsa', true]);
    expect(real.holds({ ...record, announcement: { ...record.announcement!, hash: 'made up' } })).toBe(false);
  });

  it('are stood in for from 100 on, and say so', () => {
    expect(signatures.kind).toBe('stand-in');
    expect(signatures.record(1, 0, 0).announcement!.hash).toMatch(/^stand-in /);
  });
});
