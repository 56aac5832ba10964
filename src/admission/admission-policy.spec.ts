import { describe, expect, it } from 'vitest';
import { decideAdmission, type AdmissionFacts } from './admission-policy.js';

const base: AdmissionFacts = {
  mode: 'bootstrap-only',
  serverId: 'new.example',
  fingerprint: 'A',
  origin: { type: 'received', network: '198.51.100.0/24' },
  bootstrapPins: new Map([
    ['hub.example', new Set([null])],
    ['pinned.example', new Set(['A', 'B'])],
    ['half.example', new Set(['B', null])],
  ]),
};

describe('who may join', () => {
  it.each<[string, Partial<AdmissionFacts>, string]>([
    ['anyone, where admission is open', { mode: 'open' }, 'admit'],
    ['the host of a bootstrap server', { serverId: 'hub.example' }, 'admit'],
    ['the bootstrap server that we asked, whatever it is called', { origin: { type: 'bootstrap' } }, 'admit'],
    ['not a stranger, where only bootstrap servers are admitted', {}, 'refuse'],
    ['not a stranger that somebody pointed us to', { origin: { type: 'fetched' } }, 'refuse'],
    ['the host of a pinned bootstrap server under its key', { serverId: 'pinned.example' }, 'admit'],
    [
      'not the host of a pinned bootstrap server under another key',
      { mode: 'open', serverId: 'pinned.example', fingerprint: 'C' },
      'refuse',
    ],
    ['the host of two bootstrap servers of which one has no pin', { serverId: 'half.example' }, 'admit'],
    ['not a name that merely ends like a bootstrap host', { serverId: 'evil.hub.example' }, 'refuse'],
  ])('%s', (_sentence, facts, expected) => {
    expect(decideAdmission({ ...base, ...facts }).type).toBe(expected);
  });
});
