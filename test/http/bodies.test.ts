import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../../src/protocol/limits.js';
import { startDaemon, type TestDaemon } from './daemon.js';
import { sendAndAbort, sendRaw, sendRawRequests } from './raw.js';

let daemon: TestDaemon;
beforeAll(async () => void (daemon = await startDaemon()));
afterAll(() => daemon.close());
afterEach(() => void daemon.received.splice(0));

const POST = 'POST /api/v1/gossip HTTP/1.1\r\nHost: localhost\r\n';
const json = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
const post = (
  body: string | Uint8Array,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) => daemon.call('POST', '/api/v1/gossip', { body, headers });

describe('a body that is read', () => {
  test.each([
    ['an object', '{"a":1}', 'object'],
    ['a list', '[1]', 'object'],
    ['a number as it was written', '1.0', 'number 1.0'],
    ['text beyond ASCII', '"\u{1F600}é"', 'string'],
    ['an object with __proto__', '{"__proto__":{"x":1}}', 'object'],
  ])('may be %s', async (_title, body, type) => {
    expect(await post(body)).toMatchObject({ status: 200, body: { type } });
  });

  test('has exactly 1 MiB at most', async () => {
    expect(await post(json(MAX_BODY_BYTES))).toMatchObject({ status: 200 });
  });

  test.each([
    'text/plain',
    'application/json; charset=UTF-8',
    'application/json; charset="utf8"',
    'application/x-www-form-urlencoded',
  ])('may say that it is %s', async (type) => {
    expect(await post('{}', { 'content-type': type })).toMatchObject({ status: 200 });
  });

  test('may come in chunks, cut in the middle of a character', async () => {
    const answer = await sendRaw(daemon.port, [
      `${POST}Transfer-Encoding: chunked\r\n\r\n`,
      Buffer.from([0x33, 0x0d, 0x0a, 0x22, 0x61, 0xc3, 0x0d, 0x0a]),
      Buffer.from([0x32, 0x0d, 0x0a, 0xa9, 0x22, 0x0d, 0x0a]),
      '0\r\n\r\n',
    ]);
    expect(answer).toMatchObject({ status: 200 });
    expect(daemon.received).toEqual(['aé']);
  });

  test.each([
    ['no length', `${POST}\r\n`],
    ['the length 0', `${POST}Content-Length: 0\r\n\r\n`],
    ['no chunk but the last', `${POST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ])('is undefined where it has %s', async (_title, request) => {
    expect(await sendRaw(daemon.port, [request])).toMatchObject({ status: 200, body: { type: 'none' } });
    expect(daemon.received).toEqual([undefined]);
  });
});

describe('a body that is refused', () => {
  afterEach(() => expect(daemon.received).toEqual([]));

  test.each([
    ['is not JSON', '{"a":', 'malformed_json'],
    ['is white space', '  ', 'malformed_json'],
    ['is nested 65 deep', `${'['.repeat(65)}${']'.repeat(65)}`, 'nested_too_deep'],
    ['is not UTF-8', new Uint8Array([0x22, 0xc3, 0x28, 0x22]), 'malformed_encoding'],
    ['holds a lone surrogate', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 'malformed_encoding'],
    ['begins with a byte order mark', new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), 'malformed_json'],
  ])('%s', async (_title, body, code) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(answer.body['detail']).toEqual(expect.any(String));
  });

  test.each([
    ['gzip', { 'content-encoding': 'gzip' }, gzipSync('{}')],
    ['another charset', { 'content-type': 'application/json; charset=latin1' }, '{}'],
    ['two charsets', { 'content-type': 'application/json; charset=utf-8; charset=utf-16' }, '{}'],
  ])('comes with %s', async (_title, headers, body) => {
    expect(await post(body, headers)).toMatchObject({ status: 400, body: { code: 'malformed_request' } });
  });

  test('is one byte over 1 MiB, which its whole sender gets to hear', async () => {
    expect(await post(json(MAX_BODY_BYTES + 1))).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
  });

  test('is announced as too large, before a byte of it was sent', async () => {
    const answer = await sendRaw(daemon.port, [`${POST}Content-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`]);
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  test('grows too large in chunks', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const chunks = Array.from({ length: 17 }, () => chunk);
    const answer = await sendRaw(daemon.port, [`${POST}Transfer-Encoding: chunked\r\n\r\n`, ...chunks]);
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  test('is too large, and leaves the connection fit for the next request', async () => {
    const large = json(MAX_BODY_BYTES + 1);
    const requests = [
      `${POST}Content-Length: ${large.length}\r\n\r\n`,
      large,
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    ];
    const answers = await sendRawRequests(daemon.port, requests, 2);
    expect(answers.map(({ status }) => status)).toEqual([413, 404]);
  });

  test.each([
    ['a length that is no number', `${POST}Content-Length: 1e3\r\n\r\n{}`],
    ['two lengths', `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length and chunks', `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk that is none', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
  ])('comes with %s', async (_title, request) => {
    expect(await sendRaw(daemon.port, [request])).toMatchObject({
      status: 400,
      body: { code: 'malformed_request' },
    });
  });

  test('ends before its length', async () => {
    expect(await sendRaw(daemon.port, [`${POST}Content-Length: 20\r\n\r\n{"a":1}`], true)).toMatchObject({
      status: 400,
    });
  });

  test('is cut off, and nothing happens', async () => {
    await sendAndAbort(daemon.port, [`${POST}Content-Length: 20\r\n\r\n`, '{"a":1}']);
    await sendAndAbort(daemon.port, [`${POST}Transfer-Encoding: chunked\r\n\r\n`, '7\r\n{"a":1}\r\n']);
    expect(await daemon.call('GET', '/api/v1/identity')).toMatchObject({ status: 200 });
    expect(daemon.log.entries.filter(({ level }) => level !== 'debug')).toEqual([]);
  });
});
