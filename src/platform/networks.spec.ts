import { expect, test } from 'vitest';
import { networkOf, normalizeAddress } from './networks.js';

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::FFFF:7f00:1', '127.0.0.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:0db8:0000::0001', '2001:db8::1'],
  ['0x7f.1', null],
  ['2130706433', null],
  ['010.0.0.1', null],
  ['[::1]', null],
  ['', null],
])('the one spelling of %s is %s', (text, expected) => {
  expect(normalizeAddress(text)).toBe(expected);
});

test.each([
  ['198.51.100.7', '198.51.100.0/24'],
  ['::ffff:198.51.100.7', '198.51.100.0/24'],
  ['2001:DB8:1:2::3', '2001:db8:1::/48'],
  ['fe80::1%eth0', 'fe80::/48'],
  ['chat.example.org', null],
])('the network around %s is %s', (address, network) => {
  expect(networkOf(address, { v4: 24, v6: 48 })).toBe(network);
});
