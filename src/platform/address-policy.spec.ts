import { describe, expect, it } from 'vitest';
import { AddressPolicy } from './address-policy.js';

const PUBLIC = ['93.184.216.34', '1.1.1.1', '::ffff:1.1.1.1', '2606:2800:220:1::1', '2a00:1450:4001::5'];

const NOT_PUBLIC = {
  'this host': ['0.0.0.0', '0.1.2.3', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'private use': ['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12::1', 'fec0::1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  'link-local, cloud metadata': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0'],
  multicast: ['224.0.0.1', '239.255.255.250', 'ff02::1'],
  broadcast: ['255.255.255.255'],
  'reserved and documentation': ['192.0.0.1', '192.0.2.1', '198.18.0.1', '203.0.113.9', '240.0.0.1'],
  'reserved IPv6': ['2001:db8::1', '3fff::1', '100::1', '5f00::1', '4000::1', 'e000::1'],
  'IPv4 mapped into IPv6': ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe'],
  'IPv4 embedded in IPv6': [
    '::7f00:1',
    '::127.0.0.1',
    '::ffff:0:7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
  ],
  'tunnelled IPv4': ['2002:7f00:1::', '2002:a00:1::1', '2001:0:7f00:1::1'],
  'no address at all': [
    '',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '[::1]',
    '1.1.1.1/8',
  ],
};

describe('with nothing allowed besides', () => {
  const policy = new AddressPolicy([]);

  it.each(PUBLIC)('%s may be called', (ip) => {
    expect(policy.isAllowed(ip)).toBe(true);
  });

  it.each(Object.entries(NOT_PUBLIC))('%s may not be called', (_, ips) => {
    expect(ips.filter((ip) => policy.isAllowed(ip))).toEqual([]);
  });
});

describe('with ranges allowed by the operator', () => {
  const policy = new AddressPolicy(['10.0.0.0/8', '192.168.7.7', 'fd00::/8', '::1', 'fe80::/10']);

  it.each(['10.255.0.1', '::ffff:10.0.0.1', '192.168.7.7', 'fd00::5', '::1', 'fe80::1%eth0', '1.1.1.1'])(
    '%s may be called',
    (ip) => {
      expect(policy.isAllowed(ip)).toBe(true);
    },
  );

  it.each(['172.16.0.1', '192.168.7.8', '127.0.0.1', 'fc00::1', '::2', '64:ff9b::a00:1'])(
    '%s may still not be called',
    (ip) => {
      expect(policy.isAllowed(ip)).toBe(false);
    },
  );

  it('everything may be called where everything is allowed', () => {
    const all = new AddressPolicy(['0.0.0.0/0', '::/0']);
    const addresses = Object.values(NOT_PUBLIC).flat().slice(0, -NOT_PUBLIC['no address at all'].length);
    expect(addresses.filter((ip) => !all.isAllowed(ip))).toEqual([]);
  });
});

it.each([
  '',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0.0/-1',
  '10.0.0.0/1e1',
  '10.0/8',
  'localhost',
  '127.1',
  'fe80::1%eth0',
  '::ffff:10.0.0.0/104',
  ' 10.0.0.1',
])('a policy is not made of "%s"', (text) => {
  expect(() => new AddressPolicy(['1.1.1.1', text])).toThrow(RangeError);
});
