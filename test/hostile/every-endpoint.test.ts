import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FederationErrorCode } from '../../src/protocol/errors.js';
import { MAX_BODY_BYTES, MAX_INTEGER_DIGITS, MAX_JSON_DEPTH } from '../../src/protocol/limits.js';
import { sendAndAbort, sendRaw } from '../http/raw.js';
import { ENDPOINTS, routesOf } from './endpoints.js';
import { expectRefusal, Target } from './target.js';

let target: Target;
beforeAll(async () => void (target = await Target.start()));
afterAll(() => target.end());

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
const nested = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth);

/** Refused of every endpoint alike: also where a body is not looked at, it is read. */
const UNREADABLE: readonly (readonly [string, string | Uint8Array, FederationErrorCode])[] = [
  ['cut short', '{"reason": "sched', 'malformed_json'],
  ['white space', ' \n ', 'malformed_json'],
  ['a value and then some', '{} {}', 'malformed_json'],
  ['a comma too many', '{"a":1,}', 'malformed_json'],
  ['single quotes', "{'a':1}", 'malformed_json'],
  ['a comment', '{/**/}', 'malformed_json'],
  ['a word', 'undefined', 'malformed_json'],
  ['a form', 'a=1&b=2', 'malformed_json'],
  ['a control character in a text', '"a\u0001b"', 'malformed_json'],
  ['an escape that is none', '"\\x41"', 'malformed_json'],
  ['half an escape', '"\\u00"', 'malformed_json'],
  ['a leading zero', '{"a":01}', 'malformed_json'],
  ['hexadecimal', '{"a":0x1F}', 'malformed_json'],
  [`an integer of ${MAX_INTEGER_DIGITS + 1} digits`, '1'.repeat(MAX_INTEGER_DIGITS + 1), 'malformed_json'],
  ['U+0000 before it', '\0{}', 'malformed_json'],
  ['a byte order mark', '\ufeff{}', 'malformed_json'],
  ['lists one level too deep', nested('[', ']', MAX_JSON_DEPTH + 1), 'nested_too_deep'],
  [
    'objects one level too deep',
    `${'{"a":'.repeat(MAX_JSON_DEPTH + 1)}1${'}'.repeat(MAX_JSON_DEPTH + 1)}`,
    'nested_too_deep',
  ],
  ['lists 500,000 deep', nested('[', ']', 500_000), 'nested_too_deep'],
  ['lists that never end', '['.repeat(1_000_000), 'nested_too_deep'],
  ['UTF-16 of low bytes first', Buffer.from('\ufeff{"reason":"x"}', 'utf16le'), 'malformed_encoding'],
  [
    'UTF-16 of high bytes first',
    Buffer.from('\ufeff{"reason":"x"}', 'utf16le').swap16(),
    'malformed_encoding',
  ],
  ['UTF-16 without a mark', Buffer.from('{}', 'utf16le'), 'malformed_json'],
  ['Latin-1', Buffer.from('{"reason":"é"}', 'latin1'), 'malformed_encoding'],
  ['an overlong form', new Uint8Array([0x22, 0xc0, 0x80, 0x22]), 'malformed_encoding'],
  ['a surrogate in UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 'malformed_encoding'],
  ['half a character', new Uint8Array([0x22, 0xe2, 0x82]), 'malformed_encoding'],
  ['one byte over 1 MiB', `"${'x'.repeat(MAX_BODY_BYTES - 1)}"`, 'body_too_large'],
];

const UNREADABLE_BY_HEADERS: readonly (readonly [string, string | Uint8Array, Record<string, string>])[] = [
  ['gzip', gzipSync('{}'), { 'content-encoding': 'gzip' }],
  ['what is said to be deflated', '{}', { 'content-encoding': 'deflate' }],
  ['what is said to be brotli', '{}', { 'content-encoding': 'br' }],
  ['what is said to be Latin-1', '{}', { 'content-type': 'application/json; charset=iso-8859-1' }],
  ['what is said to be UTF-16', '{}', { 'content-type': 'application/json; charset=utf-16' }],
];

it('there are cases for every endpoint of the running daemon, and for no other', () => {
  const routes = routesOf(target.daemon.daemon.app.getHttpAdapter().getInstance());
  expect(routes.sort()).toEqual(ENDPOINTS.map(({ method, route }) => `${method} ${route}`).sort());
});

describe.each(ENDPOINTS)('$method $route', ({ method, path, route, isOpen, isSigned, body: takes }) => {
  const plainPath = path.split('?', 1)[0]!;
  const query = path.slice(plainPath.length);
  const head = (...headers: string[]): string =>
    [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');

  it.each(UNREADABLE)('refuses a body that is %s', async (_title, body, code) => {
    await target.refuses({ method, path, body }, code);
  });

  it.each(UNREADABLE_BY_HEADERS)('refuses a body that is %s', async (_title, body, headers) => {
    await target.refuses({ method, path, body, headers }, 'malformed_request');
  });

  it('does not mind a body of exactly 1 MiB for its size', async () => {
    const body = `"${'x'.repeat(MAX_BODY_BYTES - 2)}"`;
    const asked = { method, path, body };
    if (takes === 'ignored') expect(await target.ask(asked)).toMatchObject({ status: 200 });
    else await target.refuses(asked, 'invalid_field');
  });

  // Of a signed request nothing is read before its signature holds: these bodies have none.
  if (isSigned !== true) {
    it('refuses one byte over 1 MiB that comes in chunks', async () => {
      const before = await target.tables();
      const chunks = Array.from({ length: 16 }, () => `10000\r\n${'x'.repeat(0x10000)}\r\n`);
      const answer = await sendRaw(target.daemon.daemon.port, [
        head('Transfer-Encoding: chunked'),
        ...chunks,
        '1\r\nx\r\n0\r\n\r\n',
      ]);
      expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
      expect(await target.tables()).toEqual(before);
    });

    it('does nothing where the transfer breaks off', async () => {
      const before = await target.tables();
      const { port } = target.daemon.daemon;
      const cut = await sendRaw(port, [head('Content-Length: 20'), '{"force":true}'], true);
      expect(cut).toMatchObject({ status: 400, body: { code: 'malformed_request' } });
      await sendAndAbort(port, [head('Content-Length: 20'), '{"force":true}']);
      await sendAndAbort(port, [head('Transfer-Encoding: chunked'), 'e\r\n{"force":true}\r\n']);
      expect(await target.ask({ method: 'GET', path: '/status' })).toMatchObject({ status: 200 });
      expect(await target.tables()).toEqual(before);
    });
  }

  if (takes === 'required')
    it('refuses to be asked without a body', async () => {
      await target.refuses({ method, path }, 'malformed_request');
      await target.refuses({ method, path, body: '' }, 'malformed_request');
    });

  if (takes !== 'ignored')
    it.each(['null', '7', '-0', '1e400', 'NaN', '"x"', '[]', '[{}]', 'true'])(
      'refuses %s for a body',
      async (body) => {
        await target.refuses({ method, path, body }, 'invalid_field');
      },
    );

  const others = METHODS.filter(
    (other) => !ENDPOINTS.some((one) => one.method === other && one.route === route),
  );
  it.each(others)('is not there for %s', async (other) => {
    await target.refuses({ method: other, path }, 'not_found');
  });

  it('answers HEAD as it would GET, without a body', async () => {
    const heard = await target.ask({ method: 'HEAD', path });
    expect(heard).toMatchObject({ status: method === 'GET' ? 200 : 404, text: '' });
  });

  it.each([
    ['two slashes before', `/${plainPath}`],
    ['a slash doubled', plainPath.replace(/\/(?=[^/]*$)/, '//')],
    ['dots before', `/x/..${plainPath}`],
    ['escaped dots before', `/%2e%2e${plainPath}`],
    ['dots behind', `${plainPath}/..`],
    ['an escaped slash behind', `${plainPath}%2fx`],
    ['an escaped U+0000 behind', `${plainPath}%00`],
    ['half an escape behind', `${plainPath}%`],
    ['an escape that is none', `${plainPath}%zz`],
    ['escaped bytes that are not UTF-8', `${plainPath}%c3%28`],
    ['an escaped surrogate', `${plainPath}%ed%a0%80`],
    ['a parameter behind a semicolon', `${plainPath};a=1`],
    ['a backslash', `${plainPath}\\x`],
    ['8 KiB behind', `${plainPath}${'x'.repeat(8192)}`],
    ['8 KiB of segments behind', `${plainPath}${'/x'.repeat(4096)}`],
    ['20 KiB behind', `${plainPath}${'x'.repeat(20_480)}`],
  ])('is not there under a path with %s', async (_title, odd) => {
    const body = takes === 'ignored' ? undefined : '{}';
    const before = await target.tables();
    const heard = await target.ask({ method, path: odd + query, body });
    expect([400, 404, 422, 431]).toContain(heard.status);
    if (heard.status === 431) expect(JSON.parse(heard.text)).toMatchObject({ code: 'malformed_request' });
    else expectRefusal(heard, {}, ['not_found', 'malformed_request', 'invalid_field', 'unknown_peer']);
    expect(await target.tables()).toEqual(before);
  });

  it('refuses a path of bytes that no URL has', async () => {
    const before = await target.tables();
    const { port } = target.daemon.daemon;
    const spaced = await sendRaw(port, [`${method} ${plainPath} x HTTP/1.1\r\nHost: localhost\r\n\r\n`]);
    expect(spaced).toMatchObject({ status: 400, body: { code: 'malformed_request' } });
    const bytes = Buffer.concat([Buffer.from(`${method} ${plainPath}`), Buffer.from([0xc3, 0x28])]);
    const raw = await sendRaw(port, [bytes, ' HTTP/1.1\r\nHost: localhost\r\n\r\n']);
    expect([400, 404, 422]).toContain(raw.status);
    expect(await target.tables()).toEqual(before);
  });

  if (!isOpen)
    it('is closed to all that does not come straight from this machine', async () => {
      const foreign = [
        { 'x-forwarded-for': '127.0.0.1' },
        { forwarded: 'for=127.0.0.1' },
        { via: '1.1 proxy' },
        { host: 'peer.example' },
        { origin: 'https://peer.example' },
      ];
      for (const headers of foreign) {
        // The body is not even read.
        await target.refuses({ method, path, headers: { ...headers }, body: '{"cut' }, 'not_allowed');
      }
      await target.refuses({ method, path: `http://localhost${path}` }, 'not_allowed');
    });
});
