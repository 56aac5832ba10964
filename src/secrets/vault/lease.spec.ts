import { describe, expect, it } from 'vitest';
import { leaseFrom, needsLogin, nextBeatMs, renewed, retryMs } from './lease.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_000_000;

const lease = (ttlMs: number, isRenewable = true): ReturnType<typeof leaseFrom> =>
  leaseFrom({ ttlMs, isRenewable }, NOW);

describe('when a token is shown to Vault next', () => {
  it.each([
    ['after two thirds of a short life', 3 * MINUTE, 0, 2 * MINUTE],
    ['a tenth earlier at most', 3 * MINUTE, 1, 1.8 * MINUTE],
    ['after five minutes of a long life, so that its absence is noticed', 24 * HOUR, 0, 5 * MINUTE],
    ['after five minutes of a life without end', 0, 0, 5 * MINUTE],
    ['not more often than each second', 100, 0, 1_000],
  ])('%s', (_, ttlMs, draw, expected) => {
    expect(nextBeatMs(lease(ttlMs), NOW, draw)).toBeCloseTo(expected);
  });
});

describe('when a login is due', () => {
  it.each([
    ['not while two thirds are left', 40 * MINUTE, false],
    ['not at exactly a third', 20 * MINUTE + 1, false],
    ['once less than a third is left after renewing: the greatest life comes near', 19 * MINUTE, true],
  ])('%s', (_, left, due) => {
    const held = renewed(lease(HOUR), { ttlMs: left, isRenewable: true }, NOW + HOUR);
    expect(needsLogin(held, NOW + HOUR)).toBe(due);
  });

  it('never for a token without end', () => {
    expect(needsLogin(lease(0), NOW + 1e12)).toBe(false);
    expect(lease(0).isRenewable).toBe(false);
  });
});

describe('when to try again', () => {
  it.each([
    ['soon after the first failure', 1, true, 5_000],
    ['twice as late after the second', 2, true, 10_000],
    ['at most five minutes apart', 30, true, 5 * MINUTE],
    ['rarely where waiting may not heal, below what locks a role out', 1, false, 30 * MINUTE],
  ])('%s', (_, failures, mayHeal, expected) => {
    expect(retryMs(failures, mayHeal, 0)).toBe(expected);
    expect(retryMs(failures, mayHeal, 1)).toBeCloseTo(expected * 0.9);
  });
});
