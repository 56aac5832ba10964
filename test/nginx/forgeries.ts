import { inside, outside, write, type Draft, type Wanted } from './draft.js';

/** What is sent for a wanted request, in bytes (as characters), and how it tries to pass for the operator's. */
export interface Forgery {
  readonly name: string;
  readonly write: (wanted: Wanted) => string;
}

type Change = (draft: Draft) => Draft;

const changed = (name: string, change: Change): Forgery => ({
  name,
  write: (wanted) => write(change(outside(wanted))),
});
const raw = (name: string, change: (text: string, wanted: Wanted) => string): Forgery => ({
  name,
  write: (wanted) => change(write(outside(wanted)), wanted),
});
const adding =
  (...lines: readonly string[]): Change =>
  (draft) => ({ ...draft, headers: [...draft.headers, ...lines] });
const hosted =
  (...lines: readonly string[]): Change =>
  (draft) => ({ ...draft, headers: [...lines, ...draft.headers.slice(1)] });
const aimed =
  (target: (path: string) => string): Change =>
  (draft) => ({ ...draft, target: target(draft.target.slice('/discovery'.length)) });

/** Each line, or lines, that a stranger may add. */
const ADDED: readonly (readonly string[])[] = [
  [],
  ['X-Forwarded-For: 127.0.0.1'],
  ['X-Forwarded-For: ::1'],
  ['X-Forwarded-For: '],
  ['X-Forwarded-For:'],
  ['X-Forwarded-For: unknown'],
  ['X-Forwarded-For: 203.0.113.9, 127.0.0.1'],
  ['X-Forwarded-For: 127.0.0.1, 127.0.0.1, 127.0.0.1, ::1'],
  [`X-Forwarded-For: ${'127.0.0.1, '.repeat(200)}127.0.0.1`],
  ['X-Forwarded-For: 127.0.0.1,'],
  ['X-Forwarded-For: 127.0.0.1', 'X-Forwarded-For: 127.0.0.1'],
  ['X-Forwarded-For: 203.0.113.9', 'x-forwarded-for: 127.0.0.1', 'X-FORWARDED-FOR:'],
  ['X_Forwarded_For: 127.0.0.1'],
  ['X-Real-IP: 127.0.0.1'],
  ['X-Real-IP: ::1', 'X-Real-IP: 127.0.0.1'],
  ['X-Real-IP:'],
  ['Forwarded: for=127.0.0.1;host=localhost;proto=http'],
  ['Forwarded: for="[::1]"', 'Forwarded:'],
  ['Via: 1.1 localhost'],
  ['Via:'],
  ['X-Forwarded-Host: localhost', 'X-Forwarded-Server: localhost', 'X-Forwarded-Port: 1113'],
  ['X-Client-IP: 127.0.0.1', 'True-Client-IP: 127.0.0.1', 'CF-Connecting-IP: 127.0.0.1'],
  ['X-Original-URL: /api/v1/identity', 'X-Rewrite-URL: /api/v1/identity', 'X-Accel-Redirect: /end'],
  ['X-HTTP-Method-Override: GET', 'X-Method-Override: GET'],
  ['Origin: http://localhost:1113', 'Referer: http://localhost:1113/'],
  ['Origin: http://127.0.0.1:1113', 'Sec-Fetch-Site: same-origin'],
  ['Sec-Fetch-Site: none'],
  ['X-Lattice-Admin-Token: 0123456789abcdef'],
  ['X-Lattice-Admin-Token:', 'Authorization: Bearer '],
  ['Authorization: Bearer null'],
  ['Authorization: Basic YWRtaW46YWRtaW4='],
  // Asks the proxy to take headers away that were meant for it alone.
  ['Connection: X-Forwarded-For, X-Real-IP, Via, Forwarded, Host', 'X-Forwarded-For: 127.0.0.1'],
  ['Connection: close, X-Forwarded-For'],
  ['Proxy-Connection: X-Forwarded-For', 'Keep-Alive: timeout=5'],
  ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAA'],
  ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
  ['Connection: Upgrade', 'Upgrade: TLS/1.0, HTTP/2.0'],
  ['Expect: 100-continue'],
  ['Expect: 200-ok'],
  ['TE: trailers, chunked', 'Trailer: X-Forwarded-For'],
  ['Range: bytes=0-1', 'If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT', 'If-None-Match: *'],
  ['Max-Forwards: 0'],
];

const HOSTS: readonly (readonly string[])[] = [
  ['Host: localhost'],
  ['Host: localhost:1113'],
  ['Host: LOCALHOST'],
  ['Host: localhost.'],
  ['Host: 127.0.0.1'],
  ['Host: 127.0.0.1:1113'],
  ['Host: [::1]'],
  ['Host: [::1]:1113'],
  ['Host: 127.1'],
  ['Host: localhost@chat.example.org'],
  ['Host: chat.example.org, localhost'],
  ['Host: chat.example.org', 'Host: localhost'],
  ['Host: localhost', 'Host: chat.example.org'],
  ['Host: localhost', 'Host: localhost'],
  ['Host: localhost', 'X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'Via: '],
  ['Host:'],
  [],
];

const TARGETS: readonly ((path: string) => string)[] = [
  (path) => `//discovery/${path}`,
  (path) => `/discovery/${path}`,
  (path) => `/discovery${path.replaceAll('/', '//')}`,
  (path) => `/discovery${path.replaceAll('/', '///')}`,
  (path) => `/discovery/%2f${path.slice(1)}`,
  (path) => `/discovery${path.slice(1).replaceAll('/', '%2f')}`,
  (path) => `/discovery/${path.slice(1).replaceAll('/', '%2F')}`,
  (path) => `/discovery/${path.slice(1).replaceAll('/', '%252f')}`,
  (path) => `/discovery/${path.slice(1).replaceAll('/', '\\')}`,
  (path) => `/discovery/${path.slice(1).replaceAll('/', '%5c')}`,
  (path) => `/discovery/.${path}`,
  (path) => `/discovery/status/..${path}`,
  (path) => `/discovery/status/%2e%2e${path}`,
  (path) => `/discovery/status/.%2E${path}`,
  (path) => `/discovery/status%2f..${path}`,
  (path) => `/discovery/status/..%2f${path.slice(1)}`,
  (path) => `/discovery/status/%252e%252e${path}`,
  (path) => `/discovery/status/..;${path}`,
  (path) => `/discovery/status/..;x=1${path}`,
  (path) => `/discovery/status/%c0%ae%c0%ae${path}`,
  (path) => `/discovery/..${path}`,
  (path) => `/discovery/%2e%2e${path}`,
  (path) => `/discovery/..%2f${path.slice(1)}`,
  (path) => `/discovery/../discovery${path}`,
  (path) => `/discovery/../../..${path}`,
  (path) => `/discovery..${path}`,
  (path) => `/discovery../discovery${path}`,
  (path) => `/discovery;x=1${path}`,
  (path) => `/discovery${path.replaceAll('/', '/;x=1/')}`,
  (path) => `/discovery${pathOf(path)};x=1`,
  (path) => `/discovery${pathOf(path)};/../../status`,
  (path) => `/discovery${pathOf(path)}/`,
  (path) => `/discovery${pathOf(path)}/.`,
  (path) => `/discovery${pathOf(path)}//`,
  (path) => `/discovery${pathOf(path)}%20`,
  (path) => `/discovery${pathOf(path)}.json`,
  (path) => `/discovery${path}#/../status`,
  (path) => `/discovery/status?/..${path}`,
  (path) => `/discovery/status%3f/..${path}`,
  (path) => `/discovery/status%23/..${path}`,
  (path) => `/DISCOVERY${path.toUpperCase()}`,
  (path) => `/discovery${path.toUpperCase()}`,
  (path) => `/discovery/%61${path.slice(2)}`,
  (path) => `/%64iscovery${escaped(path)}`,
  (path) => `/discovery${escaped(path)}`,
  (path) => `/discovery${path}?host=localhost&x-forwarded-for=127.0.0.1`,
  (path) => path,
  (path) => `.${path}`,
  (path) => `http://localhost:1113${path}`,
  (path) => `http://localhost:1113/discovery${path}`,
  (path) => `http://127.0.0.1:1113/discovery${path}`,
  (path) => `https://[::1]:1113/discovery${path}`,
  (path) => `http://localhost:1113@chat.example.org/discovery${path}`,
  (path) => `http://chat.example.org/discovery${path}`,
  (path) => `http:///discovery${path}`,
  (path) => `//localhost:1113/discovery${path}`,
  (path) => `/discovery/http://localhost:1113${path}`,
  (path) => `/discovery/@localhost:1113${path}`,
  (path) => `localhost:1113${path}`,
  (path) => `/discovery${path}%00`,
  (path) => `/discovery%00${path}`,
  (path) => `/discovery${path}\0`,
  (path) => `/discovery${path}\t`,
  (path) => `/discovery/status%20HTTP/1.1%0d%0aHost:%20localhost%0d%0a%0d%0aGET%20${path}`,
  (path) => `/discovery/status?x=%20HTTP/1.1%0d%0aHost:%20localhost%0d%0a%0d%0aGET%20${path}`,
  (path) => `/discovery/status HTTP/1.1\r\nHost: localhost\r\n\r\nGET ${path}`,
  (path) => `/discovery${pathOf(path)}%0a`,
  (path) => `/discovery${path}${'/'.repeat(3000)}`,
];

const METHODS = [
  'TRACE',
  'TRACK',
  'CONNECT',
  'OPTIONS',
  'HEAD',
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'PROPFIND',
];

/** Lines that two readers may read in two ways. */
const LINES: readonly string[] = [
  'X-A: 1\r\n Host: localhost',
  'X-A: 1\r\n\tX-Forwarded-For: 127.0.0.1',
  'X-A: 1\nHost: localhost',
  'X-A: 1\rHost: localhost',
  'X-A: 1\n\nGET /api/v1/identity HTTP/1.1\nHost: localhost\n',
  'X-A: 1\0Host: localhost',
  'X\0-A: 1',
  'Host : localhost',
  'X-Forwarded-For : 127.0.0.1',
  'X-Forwarded-For\t: 127.0.0.1',
  ' X-Forwarded-For: 127.0.0.1',
  ': localhost',
  'localhost',
  'Host\x0b: localhost',
  'Host:\x0blocalhost',
  'X-\xe9: 1',
  'X-A: \xff\xfe',
  'X-A: (){ :;}',
  `X-A: ${'a'.repeat(20_000)}`,
  Array.from({ length: 300 }, (_, i) => `X-A-${i}: 127.0.0.1`).join('\r\n'),
];

const FRAMES: readonly Forgery[] = [
  raw('line ends of LF alone', (text) => text.replaceAll('\r\n', '\n')),
  raw('line ends of CR alone', (text) => text.replaceAll('\r\n', '\r')),
  raw('empty lines before it', (text) => `\r\n\r\n${text}`),
  raw('a blank before it', (text) => ` ${text}`),
  raw('blanks between method, target and version', (text) => text.replace(/ (\S+) /, '   $1   ')),
  raw('Host folded', (text) => text.replace('Host: ', 'Host:\r\n ')),
  raw('a second Host folded under the first', (text) =>
    text.replace(/(Host: .*)\r\n/, '$1\r\n localhost\r\n'),
  ),
  changed('HTTP/1.0', (draft) => ({ ...draft, version: 'HTTP/1.0' })),
  changed('HTTP/1.0 without Host', (draft) => hosted()({ ...draft, version: 'HTTP/1.0' })),
  changed('HTTP/0.9', ({ target }) => ({ method: 'GET', target, version: '', headers: [], body: '' })),
  raw('HTTP/0.9, as it was written', (_, { path }) => `GET /discovery${path}\r\n`),
  changed('HTTP/2.0', (draft) => ({ ...draft, version: 'HTTP/2.0' })),
  changed('HTTP/1.9', (draft) => ({ ...draft, version: 'HTTP/1.9' })),
  changed('http/1.1', (draft) => ({ ...draft, version: 'http/1.1' })),
  raw('the preface of HTTP/2', (text) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${text}`),
  raw('the line of the PROXY protocol', (text) => `PROXY TCP4 127.0.0.1 127.0.0.1 1 1113\r\n${text}`),
  raw('pipelined behind an open one', (text) => `${OPEN_REQUEST}${text}`),
  raw('pipelined as from inside', (_, wanted) => `${OPEN_REQUEST}${write(inside(wanted))}`),
  raw('three times at once', (text) => text.repeat(3)),
];

const OPEN_REQUEST = 'GET /discovery/status HTTP/1.1\r\nHost: chat.example.org\r\n\r\n';

/** Faultless requests that only claim something: nobody has a reason to answer them but with 403. */
export const CLAIMS: readonly Forgery[] = ADDED.map((lines) =>
  changed(shown(lines.join(', ') || 'nothing added'), adding(...lines)),
);

/** All that stay one request in the eyes of an honest reader; those that hide a second one are in smuggling.ts. */
export const FORGERIES: readonly Forgery[] = [
  ...CLAIMS,
  ...HOSTS.map((lines) => changed(shown(lines.join(', ') || 'no Host'), hosted(...lines))),
  ...TARGETS.map((target) => changed(shown(target('/path')), aimed(target))),
  ...METHODS.map((method) => changed(method, (draft) => ({ ...draft, method }))),
  changed('the method in lower case', (draft) => ({ ...draft, method: draft.method.toLowerCase() })),
  changed('an override behind GET', (draft) => ({
    ...adding(`X-HTTP-Method-Override: ${draft.method}`)(draft),
    method: 'GET',
  })),
  ...LINES.map((line) => changed(shown(JSON.stringify(line)), adding(line))),
  ...LINES.map((line) =>
    changed(`${shown(JSON.stringify(line))} before Host`, (draft) => hosted(line, draft.headers[0]!)(draft)),
  ),
  ...FRAMES,
];

function pathOf(target: string): string {
  return target.split('?', 1)[0]!;
}

/** Every letter as %xx. */
function escaped(path: string): string {
  return pathOf(path).replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
