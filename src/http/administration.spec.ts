import { describe, expect, test } from 'vitest';
import {
  decideAdministration,
  REFUSAL_DETAILS,
  type AdministrationFacts,
  type HeaderValues,
} from './administration.js';

const local: AdministrationFacts = {
  token: 'not_configured',
  socketAddress: '127.0.0.1',
  target: '/api/v1/identity',
  headers: { host: ['127.0.0.1:1113'] },
  isSwitchedOff: false,
};

const decide = (facts: Partial<AdministrationFacts>) => {
  const decision = decideAdministration({ ...local, ...facts });
  return decision.allowed ? 'allowed' : decision.reason;
};

const withHeaders = (headers: HeaderValues) => decide({ headers: { ...local.headers, ...headers } });

describe('with a token configured', () => {
  test.each([
    ['right', 'allowed'],
    ['wrong', 'token_wrong'],
    ['absent', 'token_required'],
  ] as const)('a request from loopback whose token is %s: %s', (token, expected) => {
    expect(decide({ token })).toBe(expected);
  });

  test('the right token is enough, from anywhere, through any proxy, even where administration without one is off', () => {
    const headers = { host: ['chat.example.org'], via: ['1.1 x'], 'x-forwarded-for': ['203.0.113.9'] };
    expect(decide({ token: 'right', socketAddress: '203.0.113.9', headers, isSwitchedOff: true })).toBe(
      'allowed',
    );
  });
});

describe('without a token', () => {
  test.each([
    ['127.0.0.1', 'allowed'],
    ['127.8.9.10', 'allowed'],
    ['::1', 'allowed'],
    ['::ffff:127.0.0.1', 'allowed'],
    ['192.168.1.5', 'not_loopback'],
    ['::ffff:192.168.1.5', 'not_loopback'],
    ['fe80::1%lo', 'not_loopback'],
    [undefined, 'not_loopback'],
  ])('a request from the socket %s: %s', (socketAddress, expected) => {
    expect(decide({ socketAddress })).toBe(expected);
  });

  test.each(['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'])(
    'a request with %s came through a proxy, whatever it claims',
    (name) => {
      expect(withHeaders({ [name]: ['127.0.0.1'] })).toBe('proxied');
      expect(withHeaders({ [name]: [''] })).toBe('proxied');
      expect(withHeaders({ [name]: ['127.0.0.1', '127.0.0.1'] })).toBe('proxied');
    },
  );

  test.each(['http://127.0.0.1:1113/api/v1/identity', 'http://chat.example.org/api/v1/identity', '*', ''])(
    'a request for the target %j takes us for a proxy',
    (target) => {
      expect(decide({ target })).toBe('proxied');
    },
  );

  test.each([
    [['localhost'], 'allowed'],
    [['localhost:1113'], 'allowed'],
    [['LocalHost:80'], 'allowed'],
    [['127.0.0.1'], 'allowed'],
    [['127.0.0.1:65535'], 'allowed'],
    [['[::1]'], 'allowed'],
    [['[::1]:1113'], 'allowed'],
    [undefined, 'host_not_loopback'],
    [[], 'host_not_loopback'],
    [[''], 'host_not_loopback'],
    [['localhost', 'localhost'], 'host_not_loopback'],
    [['localhost', 'chat.example.org'], 'host_not_loopback'],
    [['chat.example.org'], 'host_not_loopback'],
    [['localhost.'], 'host_not_loopback'],
    [['localhost:'], 'host_not_loopback'],
    [['localhost:x'], 'host_not_loopback'],
    [['localhost:1113:1113'], 'host_not_loopback'],
    [['localhost.evil.example'], 'host_not_loopback'],
    [['evil.example:localhost'], 'host_not_loopback'],
    [['127.0.0.1.evil.example'], 'host_not_loopback'],
    [['127.0.0.1@evil.example'], 'host_not_loopback'],
    [['evil.example@127.0.0.1'], 'host_not_loopback'],
    [['127.0.0.1\nevil.example'], 'host_not_loopback'],
    [['127.0.0.1\n'], 'host_not_loopback'],
    [['127.0.0.1, evil.example'], 'host_not_loopback'],
    [['127.1'], 'host_not_loopback'],
    [['127.0.0.2'], 'host_not_loopback'],
    [['2130706433'], 'host_not_loopback'],
    [['0x7f000001'], 'host_not_loopback'],
    [['0.0.0.0'], 'host_not_loopback'],
    [['%6cocalhost'], 'host_not_loopback'],
    [['ⓛocalhost'], 'host_not_loopback'],
    [['::1'], 'host_not_loopback'],
    [['[::]'], 'host_not_loopback'],
    [['[0:0:0:0:0:0:0:1]'], 'host_not_loopback'],
    [['[::ffff:127.0.0.1]'], 'host_not_loopback'],
    [['[::1%lo]'], 'host_not_loopback'],
  ])('a request under the name %j: %s', (host, expected) => {
    expect(withHeaders({ host })).toBe(expected);
  });

  test.each([
    [['http://127.0.0.1:1113'], 'allowed'],
    [['HTTP://127.0.0.1:1113'], 'allowed'],
    [['http://127.0.0.1:1113', 'http://127.0.0.1:1113'], 'foreign_origin'],
    [['http://127.0.0.1:3000'], 'foreign_origin'],
    [['http://127.0.0.1'], 'foreign_origin'],
    [['http://localhost:1113'], 'foreign_origin'],
    [['https://127.0.0.1:1113'], 'foreign_origin'],
    [['http://127.0.0.1:1113.evil.example'], 'foreign_origin'],
    [['http://127.0.0.1:1113/'], 'foreign_origin'],
    [['http://evil.example'], 'foreign_origin'],
    [['null'], 'foreign_origin'],
    [[''], 'foreign_origin'],
  ])('a request of a page from %j: %s', (origin, expected) => {
    expect(withHeaders({ origin })).toBe(expected);
  });

  test.each([
    [['same-origin'], 'allowed'],
    [['none'], 'allowed'],
    [['same-site'], 'foreign_site'],
    [['cross-site'], 'foreign_site'],
    [['none', 'none'], 'foreign_site'],
    [['none, none'], 'foreign_site'],
    [['NONE'], 'foreign_site'],
    [[''], 'foreign_site'],
  ])('a request with Sec-Fetch-Site %j: %s', (site, expected) => {
    expect(withHeaders({ 'sec-fetch-site': site })).toBe(expected);
  });

  test('nothing is allowed while the proxy in front is not to be trusted', () => {
    expect(decide({ isSwitchedOff: true })).toBe('switched_off');
  });

  test('being switched off is the reason only where there is no other', () => {
    expect(decide({ isSwitchedOff: true, headers: { ...local.headers, via: ['1.1 x'] } })).toBe('proxied');
  });
});

test('every refusal says what to do', () => {
  for (const detail of Object.values(REFUSAL_DETAILS))
    expect(detail).toMatch(/LATTICE_ADMIN_TOKEN|X-Lattice-Admin-Token/);
});
