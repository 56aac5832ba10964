import { describe, expect, test } from 'vitest';
import { isLoopback, sourceAddress, sourceKey, sourceNetwork } from './source-address.js';

describe('the source of a request', () => {
  test.each([
    ['is the address of the socket', '203.0.113.9', undefined, '203.0.113.9'],
    ['is what our own proxy wrote last', '127.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    [
      'is the last element of several headers too',
      '127.0.0.1',
      ['198.51.100.1', '10.0.0.1,203.0.113.9'],
      '203.0.113.9',
    ],
    ['is the same over a mapped loopback socket', '::ffff:127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['is the same over ::1', '::1', '2001:DB8:0:0::1', '2001:db8::1'],
    ['is not what a stranger at a public socket claims', '203.0.113.9', '127.0.0.1', '203.0.113.9'],
    ['is the socket where the last element is no address', '127.0.0.1', '203.0.113.9, evil', '127.0.0.1'],
    ['is the socket where the last element is empty', '127.0.0.1', '203.0.113.9,', '127.0.0.1'],
    ['is the socket where the last element has a port', '127.0.0.1', '203.0.113.9:80', '127.0.0.1'],
    ['folds a mapped address', '127.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['is unknown when the socket is gone', undefined, '203.0.113.9', 'unknown'],
  ])('%s', (_title, socket, forwardedFor, expected) => {
    expect(sourceAddress(socket, forwardedFor)).toBe(expected);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['::', false],
  ['0.0.0.0', false],
  ['localhost', false],
  [undefined, false],
])('%s is loopback: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

test.each([
  ['203.0.113.9', '203.0.113.0/24', '203.0.113.9'],
  ['2001:db8:1:2:3::4', '2001:db8:1::/48', '2001:db8:1:2::/64'],
  ['unknown', 'unknown', 'unknown'],
])('%s belongs to the network %s and is counted as %s', (address, network, key) => {
  expect(sourceNetwork(address)).toBe(network);
  expect(sourceKey(address)).toBe(key);
});
