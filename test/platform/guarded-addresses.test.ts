import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddressPolicy } from '../../src/platform/address-policy.js';
import { GuardedPeerHttp, type GuardedPeerHttpOptions } from '../../src/platform/guarded-peer-http.js';
import { PeerUnreachable } from '../../src/platform/peer-http.js';
import { type LocalServer, localServer, resolverOf } from './local-server.js';

/** Answers whoever reaches it, on a loopback address: what a guarded call must not do. */
let server: LocalServer;
beforeAll(async () => {
  server = await localServer((response) => response.end('reached'));
});
afterAll(() => server[Symbol.asyncDispose]());

/** One call by a client of its own, and how it ended: the status, or the reason why there is none. */
async function outcome(
  url: string,
  allowed: readonly string[],
  options?: GuardedPeerHttpOptions,
): Promise<unknown> {
  const http = new GuardedPeerHttp(new AddressPolicy(allowed), options);
  try {
    return (await http.request({ method: 'GET', url, timeoutMs: 10_000 })).status;
  } catch (error) {
    if (error instanceof PeerUnreachable) return error.reason;
    throw error;
  } finally {
    await http.close();
  }
}

/** Spellings of 127.0.0.1, or of a name for it, under which an unguarded client would reach the server. */
const waysToLoopback = {
  dotted: '127.0.0.1',
  'with a dot at the end': '127.0.0.1.',
  'as one decimal number': '2130706433',
  octal: '0177.0.0.1',
  'octal with zeros': '0000177.0.0.01',
  'as one octal number': '017700000001',
  hexadecimal: '0x7f.0x0.0x0.0x1',
  'as one hexadecimal number': '0x7f000001',
  short: '127.1',
  'mixed and short': '0x7f.1',
  'percent-encoded': '%31%32%37.0.0.1',
  'in full-width digits': '\uff11\uff12\uff17.0.0.1',
  'in circled digits': '\u2460\u2461\u2466.\u24ea.\u24ea.\u2460',
  'with ideographic full stops': '127\u30020\u30020\u30021',
  'as a name': 'localhost',
};

const otherAddressesThatMustNotBeCalled = {
  'this host': '0.0.0.0',
  'this host in IPv6': '[::]',
  'IPv6 loopback': '[::1]',
  'IPv6 loopback in full': '[0:0:0:0:0:0:0:1]',
  'mapped, dotted': '[::ffff:127.0.0.1]',
  'mapped, in hexadecimal': '[::ffff:7f00:1]',
  'compatible form': '[::7f00:1]',
  'NAT64 of loopback': '[64:ff9b::7f00:1]',
  'local NAT64 of loopback': '[64:ff9b:1::7f00:1]',
  '6to4 of loopback': '[2002:7f00:1::]',
  Teredo: '[2001:0:7f00:1::]',
  'cloud metadata': '169.254.169.254',
  'cloud metadata in IPv6': '[fd00:ec2::254]',
  'link-local IPv6': '[fe80::1]',
  'private 10': '10.0.0.1',
  'private 172': '172.16.0.1',
  'private 192': '192.168.0.1',
  'carrier-grade NAT': '100.64.0.1',
  multicast: '224.0.0.1',
  broadcast: '255.255.255.255',
  documentation: '203.0.113.7',
};

describe('an address in the URL', () => {
  it.each(Object.entries({ ...waysToLoopback, ...otherAddressesThatMustNotBeCalled }))(
    '%s is refused before a connection is made',
    async (_, host) => {
      expect(await outcome(`http://${host}:${server.port}/`, [])).toBe('address_not_allowed');
      expect(await outcome(`https://${host}:${server.port}/`, [])).toBe('address_not_allowed');
      expect(server.connections).toHaveLength(0);
    },
  );
});

describe('a URL that is none to call', () => {
  it.each([
    '',
    'peer.example',
    '//127.0.0.1/',
    'http://',
    'http://127.0.0.1:65536/',
    'http://256.0.0.1/',
    'http://exa mple/',
    'http://[fe80::1%25eth0]/',
    'http://[fe80::1%eth0]/',
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    'data:application/json,{}',
    'unix:/run/docker.sock',
    'javascript:0',
  ])('%j is refused', async (url) => {
    expect(await outcome(url, ['0.0.0.0/0', '::/0'])).toBe('bad_url');
  });

  it.each(['user', 'user:secret', ':secret', 'peer.example%40'])(
    'credentials (%s@) are refused',
    async (credentials) => {
      expect(await outcome(`http://${credentials}@127.0.0.1:${server.port}/`, ['127.0.0.1'])).toBe('bad_url');
      expect(server.connections).toHaveLength(0);
    },
  );
});

describe('a name', () => {
  const byName = (...answers: string[][]): GuardedPeerHttpOptions => ({ lookup: resolverOf(...answers) });

  it.each([
    ['at loopback', ['127.0.0.1']],
    ['at loopback, mapped', ['::ffff:127.0.0.1']],
    ['at several addresses, none allowed', ['10.0.0.1', '127.0.0.1', '::1']],
    ['at no address', []],
  ])('%s is refused before a connection is made', async (_, addresses) => {
    const url = `http://peer.example:${server.port}/`;
    expect(await outcome(url, [], byName(addresses))).toBe('address_not_allowed');
    expect(server.connections).toHaveLength(0);
  });

  it('that does not resolve has no connection', async () => {
    const error = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    const lookup: GuardedPeerHttpOptions['lookup'] = (_hostname, _options, callback) =>
      callback(error, '', 0);
    expect(await outcome('http://peer.example/', [], { lookup })).toBe('connection');
  });

  it('at allowed and other addresses is reached at an allowed one', async () => {
    await using reachable = await localServer((response) => response.end('reached'));
    const url = `http://peer.example:${reachable.port}/`;
    expect(await outcome(url, ['127.0.0.1'], byName(['127.0.0.2', '10.0.0.1', '127.0.0.1']))).toBe(200);
  });

  it('that resolves to another address the next time is checked again', async () => {
    await using reachable = await localServer((response) =>
      response.setHeader('connection', 'close').end('reached'),
    );
    const policy = new AddressPolicy(['127.0.0.1']);
    const http = new GuardedPeerHttp(policy, byName(['127.0.0.1'], ['127.0.0.1'], ['127.0.0.2']));
    const call = {
      method: 'GET',
      url: `http://rebinds.example:${reachable.port}/`,
      timeoutMs: 10_000,
    } as const;
    expect((await http.request(call)).status).toBe(200);
    expect((await http.request(call)).status).toBe(200);
    await expect(http.request(call)).rejects.toMatchObject({ reason: 'address_not_allowed' });
    await http.close();
  });
});

it('a connection that reached another address than the one asked for is dropped', async () => {
  await using reachable = await localServer((response) => response.end('reached'));
  /** Allows an address as long as it is only talked about. */
  class Misled extends AddressPolicy {
    #asked = 0;
    override isAllowed(): boolean {
      this.#asked += 1;
      return this.#asked === 1;
    }
  }
  const http = new GuardedPeerHttp(new Misled([]));
  const call = http.request({ method: 'GET', url: reachable.url, timeoutMs: 10_000 });
  await expect(call).rejects.toMatchObject({ reason: 'address_not_allowed' });
  expect(reachable.seen).toEqual([]);
  await http.close();
});

describe('what the operator allows (the control: the same calls do reach the server)', () => {
  it.each(Object.entries(waysToLoopback))('loopback written %s is called', async (_, host) => {
    await using reachable = await localServer((response) => response.end('reached'));
    expect(await outcome(`http://${host}:${reachable.port}/`, ['127.0.0.0/8'])).toBe(200);
    expect(reachable.connections).toHaveLength(1);
  });

  it('another address is still refused', async () => {
    expect(await outcome(`http://127.0.0.2:${server.port}/`, ['127.0.0.1'])).toBe('address_not_allowed');
  });
});
