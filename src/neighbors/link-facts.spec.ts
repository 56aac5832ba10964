import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../protocol/durations.js';
import { isAbsent, isNamed, placeOf, type Named } from './link-facts.js';

describe('the place of a server among neighbours', () => {
  it.each<[string, string, string | null, string | null, string | null]>([
    ['is where it answered', 'https://a.example.org/d', '192.0.2.7', '192.0.0.0/16', 'example.org'],
    ['is its address, where that is its host', 'https://192.0.2.7:444', null, '192.0.0.0/16', null],
    ['is its address in brackets too', 'https://[2001:db8:1::7]', null, '2001:db8::/32', null],
    [
      'is its domain alone, where nobody knows the address',
      'https://a.example.org',
      null,
      null,
      'example.org',
    ],
    ['is where it answered, not what it says', 'https://192.0.2.7', '203.0.113.1', '203.0.0.0/16', null],
  ])('%s', (_sentence, url, provenAddress, network, domain) => {
    expect(placeOf(url, provenAddress)).toEqual({ network, domain });
  });
});

describe('a server that the operator named', () => {
  const peer = {
    serverId: 'hub.example',
    fingerprint: 'A'.repeat(32),
    endpoints: { discovery: 'https://hub.example/discovery', federation: 'https://hub.example/f' },
  };
  const named = (bootstrapServers: string[], pins: [string, string][] = []): Named => ({
    bootstrapServers,
    bootstrapPins: new Map(pins),
  });
  it.each<[string, Named, boolean]>([
    ['is one at that endpoint', named(['https://hub.example/discovery']), true],
    ['is one of that name, wherever it is', named(['https://hub.example']), true],
    ['has the key that is pinned', named(['https://hub.example'], [['hub.example', 'A'.repeat(32)]]), true],
    ['has no other key', named(['https://hub.example'], [['hub.example', 'B'.repeat(32)]]), false],
    ['is not another', named(['https://other.example']), false],
    ['is nobody where nobody is named', named([]), false],
  ])('%s', (_sentence, config, expected) => {
    expect(isNamed(peer, config)).toBe(expected);
  });
});

describe('a neighbour makes room', () => {
  const NOW_MS = 1_000 * HOUR_MS;
  it.each<[string, boolean, number, boolean, boolean]>([
    ['when it is down', true, 0, true, true],
    ['not while it is up, however long ago its announcement was', true, 100, false, false],
    ['when it is a legacy one not seen for a day', false, 25, false, true],
    ['not when it is a legacy one that was', false, 23, false, false],
  ])('%s', (_sentence, speaksExt, hoursAgo, isDown, expected) => {
    const peer = { speaksExt, lastSeenAt: NOW_MS - hoursAgo * HOUR_MS };
    expect(isAbsent(peer, { isDown, nowMs: NOW_MS })).toBe(expected);
  });
});
