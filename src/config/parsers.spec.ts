import { describe, expect, it } from 'vitest';
import { baseUrl, listenHost, network, pin, pinFor, pinTable } from './addresses.js';
import { duration } from './durations.js';
import { editDistance, nearest } from './nearest.js';
import { listOf, oneOf, quoted, wholeNumber, type Parser } from './parsed.js';
import { secretValues } from './secret-values.js';

const FINGERPRINT = '0123456789ABCDEF0123456789ABCDEF';
const OTHER_FINGERPRINT = 'F'.repeat(32);

function accepts<T>(parse: Parser<T>, cases: readonly (readonly [string, T])[]): void {
  it.each(cases)('%j is accepted', (text, value) => expect(parse(text)).toEqual({ value }));
}

function refuses(parse: Parser<unknown>, texts: readonly string[]): void {
  it.each(texts)('%j is refused', (text) => {
    expect(parse(text)).toEqual({ problem: expect.stringMatching(/\w/) as string });
  });
}

describe('a duration', () => {
  const parse = duration('500ms', '1d');
  accepts(parse, [
    ['500ms', 500],
    ['30s', 30_000],
    ['10m', 600_000],
    ['6h', 21_600_000],
    ['24h', 86_400_000],
    ['1d', 86_400_000],
  ]);
  refuses(parse, [
    '',
    '10',
    '10 m',
    '1.5h',
    '-1m',
    '1w',
    '1h30m',
    'm',
    '٣m',
    '499ms',
    '0s',
    '86401s',
    '2d',
    '9'.repeat(20) + 'd',
  ]);
});

describe('a whole number', () => {
  accepts(wholeNumber(0, 65_535), [
    ['0', 0],
    ['1113', 1113],
    ['65535', 65_535],
  ]);
  refuses(wholeNumber(0, 65_535), ['', '-1', '65536', '1e3', '0x10', '1.0', ' 1', '9'.repeat(400), 'NaN']);
});

describe('a listening address', () => {
  accepts(listenHost, [
    ['0.0.0.0', '0.0.0.0'],
    ['[::1]', '::1'],
    ['FD00::7', 'fd00::7'],
    ['LocalHost', 'localhost'],
    ['my_host-1.lan', 'my_host-1.lan'],
  ]);
  refuses(listenHost, [
    '',
    'http://a',
    'a:80',
    '300.1.1.1',
    '127.1',
    '1113',
    'fe80::1%eth0',
    'a b',
    '-a',
    'a/b',
    '*',
  ]);
});

describe('a base URL', () => {
  accepts(baseUrl, [
    ['https://Chat.example.org:443///', 'https://chat.example.org'],
    ['http://[::1]:1113/discovery/', 'http://[::1]:1113/discovery'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ]);
  refuses(baseUrl, [
    '',
    'chat.example.org',
    'ftp://a.example',
    'https://',
    'https://a.example:99999',
    'http://a.example:0',
    'https://user@a.example',
    'https://:pw@a.example',
    'https://a.example?x=1',
    'https://a.example/?',
    'https://a.example/#x',
    'https://a.example/a b',
    'https:\\\\a.example',
    `https://a.example/${'x'.repeat(2000)}`,
  ]);
});

describe('a network', () => {
  accepts(network, [
    ['10.0.0.1', '10.0.0.1/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['FD00::/8', 'fd00::/8'],
    ['::1', '::1/128'],
  ]);
  refuses(network, [
    '::ffff:10.0.0.0/104',
    '0:0:0:0:0:ffff:a00:1',
    '',
    'localhost',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.1',
    '10.0.0.0/-1',
    'fe80::1%eth0',
  ]);
});

describe('a pin', () => {
  accepts(pin, [
    [`Chat.example.org=${FINGERPRINT.toLowerCase()}`, ['chat.example.org', FINGERPRINT]],
    [`chat.example.org:443=${FINGERPRINT}`, ['chat.example.org:443', FINGERPRINT]],
    [`[FD00::7]:1113 = ${FINGERPRINT}`, ['[fd00::7]:1113', FINGERPRINT]],
  ]);
  refuses(pin, [
    '',
    'chat.example.org',
    FINGERPRINT,
    `=${FINGERPRINT}`,
    `https://chat.example.org=${FINGERPRINT}`,
    `chat.example.org/discovery=${FINGERPRINT}`,
    `user@chat.example.org=${FINGERPRINT}`,
    `chat.example.org:65536=${FINGERPRINT}`,
    `::1=${FINGERPRINT}`,
    `chat.example.org=${FINGERPRINT}0`,
    `chat.example.org=${FINGERPRINT.slice(1)}`,
    `chat.example.org=${FINGERPRINT.slice(1)}G`,
  ]);

  it('may be given twice, but not with two fingerprints', () => {
    const given = ['a', FINGERPRINT] as const;
    expect(pinTable([given, given])).toEqual({ value: new Map([given]) });
    expect(pinTable([given, ['a', OTHER_FINGERPRINT]])).toEqual({ problem: '"a" has two fingerprints' });
  });

  it.each([
    ['https://a.example/discovery', OTHER_FINGERPRINT],
    ['https://A.example:443', OTHER_FINGERPRINT],
    ['http://a.example', FINGERPRINT],
    ['http://a.example:8080', FINGERPRINT],
    ['http://[::1]:1113', FINGERPRINT],
    ['https://b.a.example', null],
  ])('of %s is %s, a pin with the port before one without', (base, expected) => {
    const pins = new Map([
      ['a.example', FINGERPRINT],
      ['a.example:443', OTHER_FINGERPRINT],
      ['[::1]:1113', FINGERPRINT],
    ]);
    expect(pinFor(base, pins)).toBe(expected);
  });
});

describe('a list', () => {
  const parse = listOf(oneOf('one', 'two'));
  accepts(parse, [
    ['', []],
    [' , ,', []],
    ['one, two,', ['one', 'two']],
  ]);

  it('says what is wrong with each item', () => {
    expect(parse('three,one,four')).toEqual({
      problem: '"three" is none of one, two; "four" is none of one, two',
    });
  });
});

describe('a quoted value', () => {
  it.each([
    ['plain', '"plain"'],
    ['\u001b[31m\n', '"\\u001b[31m\\n"'],
    ['http://user:p/w@host/@x', '"http://***@x"'],
    ['x'.repeat(81), `"${'x'.repeat(80)}..."`],
  ])('%j is shown as %s', (text, shown) => expect(quoted(text)).toBe(shown));
});

describe('a suggestion', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['abc', 'abc', 0],
    ['ab', 'ba', 2],
  ])('%j is %s edits from %j', (from, to, edits) => expect(editDistance(from, to)).toBe(edits));

  it('is the nearest name, the first of equals', () => {
    expect(nearest('prot', ['host', 'port', 'part'])).toBe('port');
    expect(nearest('x', ['a', 'b'])).toBe('a');
  });
});

describe('the secret values of a configuration', () => {
  const secretStore = { kind: 'files', dataDir: './data' } as const;

  it('are the token, the database URL and its password in both spellings', () => {
    const databaseUrl = 'postgres://lattice:p%40ss@db/lattice';
    expect(secretValues({ adminToken: 'token', databaseUrl, secretStore })).toEqual([
      'token',
      databaseUrl,
      'p%40ss',
      'p@ss',
    ]);
  });

  it('are the login at Vault too', () => {
    const vault = {
      address: 'https://vault.example:8200',
      roleId: 'role-1',
      secretId: 'secret-1',
      namespace: null,
      caCertPath: null,
      mount: 'secret',
      path: 'lattice',
    };
    const config = { adminToken: null, databaseUrl: null, secretStore: { kind: 'vault', vault } as const };
    expect(secretValues(config)).toEqual(['role-1', 'secret-1']);
  });

  it('are none where nothing is set', () => {
    expect(secretValues({ adminToken: null, databaseUrl: null, secretStore })).toEqual([]);
    expect(secretValues({ adminToken: null, databaseUrl: 'postgres://db/x', secretStore })).toEqual([
      'postgres://db/x',
    ]);
  });
});
