import { inside, write, type Wanted } from './draft.js';
import type { Forgery } from './forgeries.js';

/** Spellings of Transfer-Encoding that one reader obeys and another does not. */
const ENCODINGS: readonly string[] = [
  'Transfer-Encoding: chunked',
  'transfer-encoding: CHUNKED',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding:chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: chunked\t',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: identity',
  'Transfer-Encoding:',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
  'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding\r\n : chunked',
  ' Transfer-Encoding: chunked',
  'X: x\nTransfer-Encoding: chunked',
  'X: x\rTransfer-Encoding: chunked',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding: \x00chunked',
  'Transfer\x00-Encoding: chunked',
  'Transfer_Encoding: chunked',
];

/** Lengths, of a body that has `length` bytes. */
const LENGTHS: readonly ((length: number) => string)[] = [
  (length) => `Content-Length: ${length}\r\nContent-Length: 0`,
  (length) => `Content-Length: 0\r\nContent-Length: ${length}`,
  (length) => `Content-Length: ${length}\r\nContent-Length: ${length}`,
  (length) => `Content-Length: 0, ${length}`,
  (length) => `Content-Length: ${length}, ${length}`,
  (length) => `Content-Length: +${length}`,
  (length) => `Content-Length: -${length}`,
  (length) => `Content-Length: 0x${length.toString(16)}`,
  (length) => `Content-Length: ${length}.0`,
  (length) => `Content-Length: 1e2${length}`,
  (length) => `Content-Length : ${length}`,
  (length) => `Content-Length:\x0b${length}`,
  (length) => `Content-Length:\r\n ${length}`,
  (length) => `Content-Length: 0\r\n ${length}`,
  (length) => `X: x\nContent-Length: ${length}`,
  (length) => `Content_Length: ${length}`,
  (length) => `Content-Length: ${length}\x00`,
  () => 'Content-Length:',
  () => 'Content-Length: 0',
  () => 'Content-Length: 18446744073709551616',
];

/** Chunked bodies that end where the hidden request begins, for a reader of one kind. */
const BODIES: readonly (readonly [string, (hidden: string) => string])[] = [
  ['the last chunk', (hidden) => `0\r\n\r\n${hidden}`],
  ['a last chunk with LF alone', (hidden) => `0\n\n${hidden}`],
  ['a last chunk of many zeroes', (hidden) => `${'0'.repeat(40)}\r\n\r\n${hidden}`],
  ['a last chunk with an extension', (hidden) => `0;x=y\r\n\r\n${hidden}`],
  ['a last chunk with an extension that ends in LF', (hidden) => `0;x\n\r\n${hidden}`],
  ['trailers', (hidden) => `0\r\nX-Forwarded-For: 127.0.0.1\r\nHost: localhost\r\n\r\n${hidden}`],
  ['a chunk of 0x0', (hidden) => `0x0\r\n\r\n${hidden}`],
  ['a chunk of a negative size', (hidden) => `-1\r\n\r\n${hidden}`],
  ['a chunk whose size overflows', (hidden) => `10000000000000000\r\n\r\n${hidden}`],
  ['a chunk shorter than it says', (hidden) => `2\r\nx\r\n0\r\n\r\n${hidden}`],
  ['a chunk longer than it says', (hidden) => `1\r\nxx\r\n0\r\n\r\n${hidden}`],
  ['the hidden request in a chunk', (hidden) => `${hex(hidden)}\r\n${hidden}\r\n0\r\n\r\n`],
  ['an extension that hides it', (hidden) => `1;x=\n${hex(hidden)}\r\nx\r\n${hidden}\r\n0\r\n\r\n`],
];

const UPGRADES: readonly string[] = [
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
];

/** One request open to all, and behind it, or in its body, one as from inside that no reader may answer. */
export const SMUGGLING: readonly Forgery[] = [
  ...ENCODINGS.map((line) => behind(`${line}, no length`, (hidden) => carrier(line, `0\r\n\r\n${hidden}`))),
  ...ENCODINGS.map((line) =>
    behind(`CL.TE: ${line}`, (hidden) => {
      const body = `0\r\n\r\n${hidden}`;
      return carrier(`Content-Length: ${body.length}\r\n${line}`, body);
    }),
  ),
  ...ENCODINGS.map((line) =>
    behind(`TE.CL: ${line}`, (hidden) => {
      const size = `${hex(hidden)}\r\n`;
      return carrier(`${line}\r\nContent-Length: ${size.length}`, `${size}${hidden}\r\n0\r\n\r\n`);
    }),
  ),
  ...LENGTHS.map((length) => behind(length(9), (hidden) => carrier(length(hidden.length), hidden))),
  ...BODIES.map(([name, body]) =>
    behind(name, (hidden) => carrier('Transfer-Encoding: chunked', body(hidden))),
  ),
  ...UPGRADES.map((lines) => behind(`behind ${lines}`, (hidden) => carrier(lines, hidden))),
  behind('behind Expect', (hidden) => carrier('Expect: 100-continue\r\nContent-Length: 0', hidden)),
  behind(
    'behind CONNECT',
    (hidden) => `CONNECT localhost:1113 HTTP/1.1\r\nHost: localhost:1113\r\n\r\n${hidden}`,
  ),
  behind('behind HTTP/1.0 that stays', (hidden) =>
    carrier('Connection: keep-alive\r\nTransfer-Encoding: chunked', `0\r\n\r\n${hidden}`).replace(
      '1.1',
      '1.0',
    ),
  ),
  behind('as the body of a POST', (hidden) =>
    carrier(`Content-Length: ${hidden.length}`, hidden).replace('GET', 'POST'),
  ),
];

function behind(name: string, around: (hidden: string) => string): Forgery {
  return { name: JSON.stringify(name), write: (wanted: Wanted) => around(write(inside(wanted))) };
}

function carrier(lines: string, body: string): string {
  return `GET /discovery/status HTTP/1.1\r\nHost: chat.example.org\r\n${lines}\r\n\r\n${body}`;
}

function hex(text: string): string {
  return text.length.toString(16);
}
