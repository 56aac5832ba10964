import { describe, expect, it } from 'vitest';
import { decideAdmission, type AdmissionFacts } from './admission-policy.js';

const base: AdmissionFacts = {
  mode: 'bootstrap-only',
  serverId: 'new.example',
  origin: { type: 'received', network: '198.51.100.0/24' },
  bootstrapHosts: new Set(['hub.example']),
};

describe('who may join', () => {
  it.each<[string, Partial<AdmissionFacts>, string]>([
    ['anyone, where admission is open', { mode: 'open' }, 'admit'],
    ['the host of a bootstrap server', { serverId: 'hub.example' }, 'admit'],
    ['the bootstrap server that we asked, whatever it is called', { origin: { type: 'bootstrap' } }, 'admit'],
    ['not a stranger, where only bootstrap servers are admitted', {}, 'refuse'],
    ['not a stranger that somebody pointed us to', { origin: { type: 'fetched' } }, 'refuse'],
    ['not a name that merely ends like a bootstrap host', { serverId: 'evil.hub.example' }, 'refuse'],
  ])('%s', (_sentence, facts, expected) => {
    expect(decideAdmission({ ...base, ...facts }).type).toBe(expected);
  });
});
