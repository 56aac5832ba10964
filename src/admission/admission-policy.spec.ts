import { describe, expect, it } from 'vitest';
import { decideAdmission, type AdmissionFacts } from './admission-policy.js';

const received = { type: 'received', network: '198.51.100.0/24' } as const;
const base: AdmissionFacts = {
  mode: 'bootstrap-only',
  serverId: 'new.example',
  fingerprint: 'A',
  isContested: false,
  origin: received,
  bootstrapPins: new Map([
    ['hub.example', new Set([null])],
    ['pinned.example', new Set(['A', 'B'])],
    ['half.example', new Set(['B', null])],
  ]),
  verdict: null,
};
const fetched = (isVerified: boolean) => ({ type: 'fetched', isVerified }) as const;
const answered = (isVerified: boolean) => ({ type: 'answered', isVerified }) as const;
const verified = { mode: 'verified' } as const;
const allowlist = { mode: 'allowlist' } as const;
const contested = { isContested: true } as const;
const pinnedName = { serverId: 'pinned.example' } as const;

describe('who may join', () => {
  it.each<[string, Partial<AdmissionFacts>, string]>([
    ['anyone, where admission is open', { mode: 'open' }, 'admit'],
    ['the host of a bootstrap server', { serverId: 'hub.example' }, 'admit'],
    ['the bootstrap server that we asked, whatever it is called', { origin: { type: 'bootstrap' } }, 'admit'],
    ['not a stranger, where only bootstrap servers are admitted', {}, 'refuse'],
    ['not a stranger that somebody pointed us to', { origin: fetched(false) }, 'refuse'],
    ['the host of a pinned bootstrap server under its key', pinnedName, 'admit'],
    [
      'not the host of a pinned bootstrap server under another key',
      { mode: 'open', ...pinnedName, fingerprint: 'C' },
      'refuse',
    ],
    ['the host of two bootstrap servers of which one has no pin', { serverId: 'half.example' }, 'admit'],
    ['not a name that merely ends like a bootstrap host', { serverId: 'evil.hub.example' }, 'refuse'],

    ['whoever is to be verified has to answer first', verified, 'verify'],
    [
      'also where we fetched it: its name may be another’s',
      { ...verified, origin: fetched(false) },
      'verify',
    ],
    ['and is admitted once it is verified', { ...verified, origin: fetched(true) }, 'admit'],
    ['having answered alone is not enough', { ...verified, origin: answered(false) }, 'verify'],
    [
      'whoever announced itself and was verified is admitted',
      { ...verified, origin: answered(true) },
      'admit',
    ],
    [
      'the host of a bootstrap server without a pin is verified too',
      { ...verified, serverId: 'hub.example' },
      'verify',
    ],
    ['a pinned one need not be', { ...verified, ...pinnedName }, 'admit'],
    ['nor a bootstrap server that we asked', { ...verified, origin: { type: 'bootstrap' } }, 'admit'],
    ['being verified is nothing to bootstrap-only', { origin: fetched(true) }, 'refuse'],

    ['about whom the operator has to be asked', allowlist, 'ask'],
    [
      'not who came another way, where the operator has to be asked',
      { ...allowlist, origin: fetched(true) },
      'refuse',
    ],
    ['whom the operator approved, whatever the mode', { verdict: 'approved' }, 'admit'],
    ['whom the operator approved, where he has to', { ...allowlist, verdict: 'approved' }, 'admit'],
    ['whom the operator approved need not be verified', { ...verified, verdict: 'approved' }, 'admit'],
    [
      'not whom the operator refused, where admission is open',
      { mode: 'open', verdict: 'refused' },
      'refuse',
    ],
    [
      'not whom the operator refused, though it is verified',
      { ...verified, verdict: 'refused', origin: answered(true) },
      'refuse',
    ],
    [
      'not an approved one under a name that is pinned to another key',
      { ...pinnedName, fingerprint: 'C', verdict: 'approved' },
      'refuse',
    ],

    [
      'not to a name of somebody known first, where nothing is proved',
      { ...contested, mode: 'open' },
      'refuse',
    ],
    ['nor as the host of a bootstrap server', { ...contested, serverId: 'hub.example' }, 'refuse'],
    ['where names are proved, its own has to be', { ...contested, ...verified }, 'verify'],
    ['and then it has it', { ...contested, ...verified, origin: answered(true) }, 'admit'],
    [
      'but a bare name cannot be',
      { ...contested, ...verified, serverId: 'bare', origin: answered(true) },
      'refuse',
    ],
    ['where the operator is asked, he is', { ...contested, ...allowlist }, 'ask'],
    ['whom he approved has the name', { ...contested, verdict: 'approved' }, 'admit'],
  ])('%s', (_sentence, facts, expected) => {
    expect(decideAdmission({ ...base, ...facts }).type).toBe(expected);
  });
});
