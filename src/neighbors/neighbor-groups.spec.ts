import { describe, expect, it } from 'vitest';
import { neighborNetwork, registrableDomain } from './neighbor-groups.js';

it.each([
  ['198.51.100.7', '198.51.0.0/16'],
  ['198.51.200.9', '198.51.0.0/16'],
  ['::ffff:198.51.100.7', '198.51.0.0/16'],
  ['2001:db8:1:2::3', '2001:db8::/32'],
  ['2001:db8:ffff::', '2001:db8::/32'],
  ['2001:db9::1', '2001:db9::/32'],
  ['fe80::1%eth0', 'fe80::/32'],
  ['chat.example.org', null],
])('the network of %s is %s', (address, network) => {
  expect(neighborNetwork(address)).toBe(network);
});

describe('the registrable domain', () => {
  it.each([
    ['chat.example.org', 'example.org'],
    ['Example.ORG.', 'example.org'],
    ['a.b.c.example.org', 'example.org'],
    ['a.example.co.uk', 'example.co.uk'],
    ['example.co.uk', 'example.co.uk'],
    ['chat.t.de', 't.de'],
    ['co.uk', 'co.uk'],
    ['com.example.org', 'example.org'],
    ['acme-corp', null],
    ['198.51.100.7', null],
    ['2001:db8::1', null],
  ])('of %s is %s', (host, domain) => {
    expect(registrableDomain(host)).toBe(domain);
  });
});
