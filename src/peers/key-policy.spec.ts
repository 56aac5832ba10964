import { describe, expect, it } from 'vitest';
import {
  decideRevocation,
  decideRotation,
  type RotationFacts,
  type StatementDecision,
} from './key-policy.js';
import type { Peer } from './peer.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const endpoints = { discovery: 'https://b.example/d', federation: 'https://b.example/f' };
const known: Peer = {
  serverUuid: 'uuid-b',
  serverId: 'b.example',
  publicKey: 'pem',
  fingerprint: 'SECOND',
  endpoints,
  trust: 'unknown',
  announcedAt: NOW,
  lastSeenAt: NOW,
  provenAt: null,
  introducedBy: null,
  speaksExt: false,
};
const base: RotationFacts = {
  nowMs: NOW,
  signedAt: NOW - 86_400_000 * 30,
  known,
  revoked: false,
  oldFingerprint: 'SECOND',
  newFingerprint: 'THIRD',
  history: { fingerprints: ['FIRST', 'SECOND'] },
};

const outcome = (decision: StatementDecision): string =>
  decision.type === 'reject' ? decision.code : decision.type;

describe('what a key rotation does', () => {
  it.each<[string, Partial<RotationFacts>, string]>([
    ['a rotation from the key on file is taken, however late it arrives', {}, 'apply'],
    ['the one already taken has no effect', { oldFingerprint: 'FIRST', newFingerprint: 'SECOND' }, 'ignore'],
    [
      'one already taken that others followed has no effect either',
      {
        oldFingerprint: 'FIRST',
        newFingerprint: 'SECOND',
        known: { ...known, fingerprint: 'FOURTH' },
        history: { fingerprints: ['FIRST', 'SECOND', 'THIRD', 'FOURTH'] },
      },
      'ignore',
    ],
    ['one from a key that is not on file is refused', { oldFingerprint: 'FIRST' }, 'key_mismatch'],
    [
      'one that leaves out keys of the history is refused',
      {
        oldFingerprint: 'FIRST',
        newFingerprint: 'THIRD',
        history: { fingerprints: ['FIRST', 'SECOND', 'THIRD'] },
      },
      'key_mismatch',
    ],
    ['going back to a key used before is refused', { newFingerprint: 'FIRST' }, 'key_reused'],
    ['rotating to the same key is refused', { newFingerprint: 'SECOND' }, 'key_reused'],
    ['an unknown server cannot rotate', { known: null }, 'unknown_peer'],
    ['a revoked one cannot rotate', { revoked: true }, 'identity_revoked'],
    ['one from the future is refused', { signedAt: NOW + 300_001 }, 'message_in_future'],
    [
      'endless rotations are refused',
      { history: { fingerprints: ['SECOND', ...Array<string>(1000).fill('X')] } },
      'rate_limited',
    ],
    [
      'a blocked peer still may rotate: its key must not be frozen by the block',
      { known: { ...known, trust: 'blocked' } },
      'apply',
    ],
  ])('%s', (_sentence, facts, expected) => {
    expect(outcome(decideRotation({ ...base, ...facts }))).toBe(expected);
  });
});

describe('what a revocation does', () => {
  it.each<[string, Parameters<typeof decideRevocation>[0], string]>([
    ['a known server may revoke itself', base, 'apply'],
    ['the same again has no effect', { ...base, revoked: true }, 'ignore'],
    [
      'nor has it of one that only others told us of',
      { ...base, known: { ...known, trust: 'revoked' } },
      'ignore',
    ],
    ['an unknown server has nothing to revoke', { ...base, known: null }, 'unknown_peer'],
    ['one from the future is refused', { ...base, signedAt: NOW + 300_001 }, 'message_in_future'],
  ])('%s', (_sentence, facts, expected) => {
    expect(outcome(decideRevocation(facts))).toBe(expected);
  });
});
