import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { SERVER_LIMITS, type ServerLimits } from '../../src/http/server-limits.js';
import type { JsonNumber } from '../../src/protocol/json.js';
import { MAX_BODY_BYTES } from '../../src/protocol/limits.js';
import { startDaemon, type TestDaemon } from './daemon.js';
import { sendRaw, sendRawRequests } from './raw.js';

/** Long enough for whoever sends at once, short enough to wait for. */
const SOON_MS = 1_000;
const HOST = 'Host: localhost\r\n';
const POST = `POST /api/v1/gossip HTTP/1.1\r\n${HOST}`;
const GET = `GET /api/v1/identity HTTP/1.1\r\n${HOST}`;
/** Is answered when the test's clock moves, which it does not. */
const WAITING = `POST /api/v1/later HTTP/1.1\r\n${HOST}\r\n`;

let daemon: TestDaemon;
const clients: Client[] = [];
afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await daemon.close();
});

/** A connection, what came back over it, and its end. */
class Client {
  text = '';
  readonly cut: Promise<string>;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (part: string) => (this.text += part));
    socket.on('error', () => undefined);
    this.cut = new Promise((resolve) => socket.once('close', () => resolve(this.text)));
    clients.push(this);
  }

  /** Resolves when the daemon has taken it. */
  static async open(sent = ''): Promise<Client> {
    const taken = daemon.connection();
    const client = new Client(connect(daemon.port, '127.0.0.1'));
    await Promise.all([once(client.socket, 'connect'), taken]);
    if (sent !== '') client.socket.write(sent);
    return client;
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && !this.socket.readableEnded;
  }

  /** The status of the next answer. */
  async answered(): Promise<number> {
    while (!this.text.includes('\r\n\r\n')) await once(this.socket, 'data');
    const status = Number(this.text.split(' ')[1]);
    this.text = '';
    return status;
  }
}

async function start(limits: Partial<ServerLimits>): Promise<void> {
  daemon = await startDaemon({}, { ...SERVER_LIMITS, ...limits });
}

const honest = async (): Promise<number> =>
  (await daemon.call('POST', '/api/v1/gossip', { body: '{"a":1}' })).status;

describe('a client that takes its time', () => {
  test.each([
    ['sends nothing', ''],
    ['sends half a request line', 'GET /api'],
    ['sends headers without an end', `${GET}X-Padding: `],
  ])('and %s is told so and cut, while others are answered', async (_title, bytes) => {
    await start({ headersTimeoutMs: SOON_MS, timeoutCheckMs: 50 });
    const client = await Client.open(bytes);
    expect(await honest()).toBe(200);
    expect(await client.cut).toMatch(/^HTTP\/1.1 408 [^]*malformed_request/);
    expect(await honest()).toBe(200);
  });

  test('and sends a byte of its headers now and then is cut all the same', async () => {
    await start({ headersTimeoutMs: SOON_MS, timeoutCheckMs: 50 });
    const client = await Client.open(GET);
    const dribble = setInterval(() => client.socket.writable && client.socket.write('X'), 20);
    expect(await client.cut.finally(() => clearInterval(dribble))).toMatch(/^HTTP\/1.1 408 /);
  });

  test.each([
    ['with its length', `${POST}Content-Length: 1000\r\n\r\n`, ' '],
    ['in chunks', `${POST}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
  ])('over a body %s is told so and cut, and its handler never runs', async (_title, head, piece) => {
    await start({ headersTimeoutMs: SOON_MS, requestTimeoutMs: 2 * SOON_MS, timeoutCheckMs: 50 });
    const client = await Client.open(head);
    const dribble = setInterval(() => client.socket.writable && client.socket.write(piece), 20);
    expect(await client.cut.finally(() => clearInterval(dribble))).toMatch(/^HTTP\/1.1 408 /);
    expect(daemon.received).toEqual([]);
    expect(await honest()).toBe(200);
  });

  test('between two requests is cut', async () => {
    await start({ keepAliveTimeoutMs: SOON_MS });
    const client = await Client.open(`${GET}\r\n`);
    expect(await client.answered()).toBe(200);
    await client.cut;
  });

  test('is told for how long its connection is kept between two requests', async () => {
    await start({});
    const { head } = await sendRaw(daemon.port, [`${GET}\r\n`]);
    expect(head).toMatch(/^Keep-Alive: timeout=75$/m);
  });

  test('over an answer that makes no headway is cut', async () => {
    await start({ stalledTimeoutMs: SOON_MS });
    const client = await Client.open(WAITING);
    expect(await client.cut).toBe('');
  });
});

describe('a body that never ends', () => {
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const endless = async (client: Client): Promise<number> => {
    let sent = 0;
    while (client.isOpen) {
      const isRoom = client.socket.write(chunk);
      sent += chunk.length;
      if (!isRoom) await Promise.race([once(client.socket, 'drain').catch(() => undefined), client.cut]);
    }
    return sent;
  };

  test.each([
    ['in chunks', `${POST}Transfer-Encoding: chunked\r\n\r\n`, 413],
    ['of a length nobody would read', `${POST}Content-Length: 99999999999\r\n\r\n`, 413],
    [
      'for an endpoint that is not there',
      `POST /nowhere HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`,
      404,
    ],
  ])('%s is answered, and cut a little later', async (_title, head, status) => {
    await start({});
    const client = await Client.open(head);
    const [, text] = await Promise.all([endless(client), client.cut]);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(daemon.received).toEqual([]);
    expect(daemon.bytesRead()).toBeLessThan(MAX_BODY_BYTES + 4 * 1024 * 1024);
  });

  test('is refused where many large ones arrive at once, and small ones are taken meanwhile', async () => {
    await start({});
    const large = `${POST}Content-Length: ${MAX_BODY_BYTES}\r\n\r\n${'x'.repeat(MAX_BODY_BYTES - 1)}`;
    const many: Client[] = [];
    for (let i = 0; i < 33; i += 1) many.push(await Client.open(large));
    expect(await Promise.race(many.map((client) => client.answered()))).toBe(429);
    expect(await honest()).toBe(200);
  });

  test('for its extensions alone is cut', async () => {
    await start({});
    const client = await Client.open(`${POST}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}`);
    expect(await client.cut).toMatch(/^HTTP\/1.1 4\d\d /);
  });
});

describe('headers', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => `x-${i}: 1\r\n`).join('');

  test('larger than 16 KiB are refused', async () => {
    await start({});
    const answer = await sendRaw(daemon.port, [`${GET}X: ${'x'.repeat(17 * 1024)}\r\n\r\n`]);
    expect(answer).toMatchObject({ status: 431, body: { code: 'malformed_request' } });
  });

  test('that never end are refused as soon as they are too large', async () => {
    await start({});
    const client = await Client.open(GET + lines(5_000));
    expect(await client.cut).toMatch(/^HTTP\/1.1 431 /);
  });

  test('of more than 100 lines are refused and counted, and 100 are not', async () => {
    await start({});
    expect(await sendRaw(daemon.port, [`${GET}${lines(99)}\r\n`])).toMatchObject({ status: 200 });
    expect((await daemon.metrics.unreadable.get()).values).toEqual([]);
    const client = await Client.open(`${GET}${lines(100)}\r\n`);
    expect(await client.cut).toMatch(/^HTTP\/1.1 431 [^]*malformed_request/);
    expect((await daemon.metrics.unreadable.get()).values).toEqual([
      { labels: { reason: 'headers_too_large' }, value: 1 },
    ]);
  });

  test('cannot push the line out that tells a proxied request', async () => {
    await start({});
    const forwarded = 'X-Forwarded-For: 203.0.113.9\r\n';
    expect(await sendRaw(daemon.port, [`${GET}${forwarded}\r\n`])).toMatchObject({ status: 403 });
    const many = 'a:1\r\n'.repeat(1_000);
    expect(await sendRaw(daemon.port, [GET, many, forwarded, '\r\n'])).toMatchObject({ status: 431 });
  });
});

describe('more connections than there may be', () => {
  const idle = async (count: number): Promise<Client[]> => {
    const opened: Client[] = [];
    for (let i = 0; i < count; i += 1) opened.push(await Client.open());
    return opened;
  };

  test('cost the one that has kept us waiting for longest its place, and the newcomer is answered', async () => {
    await start({ maxConnections: 4 });
    const [first, second, third, fourth] = await idle(4);
    first!.socket.write(`${GET}\r\n`);
    expect(await first!.answered()).toBe(200);
    const newcomer = await Client.open(`${GET}\r\n`);
    expect(await newcomer.answered()).toBe(200);
    await second!.cut;
    expect([first, third, fourth, newcomer].map((client) => client!.isOpen)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  test.each([
    ['headers', 'GET /api'],
    ['a body', `${POST}Content-Length: 10\r\n\r\n`],
  ])('take the place of one that has yet to send %s', async (_title, bytes) => {
    await start({ maxConnections: 2 });
    const slow = await Client.open(bytes);
    const busy = await Client.open(WAITING);
    await daemon.waiting(1);
    const newcomer = await Client.open(`${GET}\r\n`);
    expect(await newcomer.answered()).toBe(200);
    await slow.cut;
    expect(busy.isOpen).toBe(true);
  });

  test('spare one that began a request later than another came', async () => {
    await start({ maxConnections: 2 });
    const [beginner, idler] = await idle(2);
    beginner!.socket.write(`${POST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
    expect(await beginner!.answered()).toBe(100);
    const newcomer = await Client.open(`${GET}\r\n`);
    expect(await newcomer.answered()).toBe(200);
    await idler!.cut;
    beginner!.socket.write('{}');
    expect(await beginner!.answered()).toBe(200);
  });

  test('never cost anybody the answer that is due, so the newcomer goes where all wait for one', async () => {
    await start({ maxConnections: 2 });
    const waiting = [await Client.open(WAITING), await Client.open(WAITING)];
    await daemon.waiting(2);
    const newcomer = await Client.open(`${GET}\r\n`);
    expect(await newcomer.cut).toBe('');
    await daemon.clock.advance(1_000);
    for (const client of waiting) expect(await client.answered()).toBe(200);
    expect(await honest()).toBe(200);
  });

  test('a thousand idle ones leave an honest caller his answer', async () => {
    await start({});
    const thousand = await Promise.all(Array.from({ length: 1_000 }, () => Client.open()));
    expect(await honest()).toBe(200);
    expect(thousand.every(({ isOpen }) => isOpen)).toBe(true);
  });
});

describe('a long body', () => {
  const long = `${POST}Content-Length: ${MAX_BODY_BYTES}\r\n\r\n"${'x'.repeat(MAX_BODY_BYTES - 2)}"`;

  test('is read a piece in its turn, and short ones do not wait for theirs', async () => {
    // Its connection is not read any more, so that its end is noticed by the timeout alone.
    await start({ maxBodiesPerTurn: 1, bodyTurnMs: 3_600_000, stalledTimeoutMs: 5_000 });
    const client = await Client.open(long);
    for (let i = 0; i < 10; i += 1) expect(await honest()).toBe(200);
    expect(daemon.received).toHaveLength(10);
    expect(client.text).toBe('');
  });

  test.each([
    ['that is taken', '/gossip', 200],
    ['that nobody reads', '/nowhere', 404],
  ])('%s leaves its connection to the next request', async (_title, path, status) => {
    await start({});
    const client = await Client.open(long.replace('/gossip', path));
    expect(await client.answered()).toBe(status);
    client.socket.write(`${GET}\r\n`);
    expect(await client.answered()).toBe(200);
  });
});

describe('requests sent without waiting for answers', () => {
  test('are answered in their order', async () => {
    await start({});
    const answers = await sendRawRequests(
      daemon.port,
      [`${GET}\r\n`, WAITING.replace('later', 'none'), `${GET}\r\n`],
      3,
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200]);
  });

  test('cost the connection once there are 17, and none of the rest is looked at', async () => {
    await start({});
    const flood = await Client.open(WAITING.repeat(1_000));
    expect(await flood.cut).toBe('');
    expect(daemon.waited).toBeLessThanOrEqual(16);
    expect(await honest()).toBe(200);
  });

  test('begin a few in a turn of the event loop, so that others get their turn between', async () => {
    await start({ maxPerTurn: 2 });
    const begun = [0];
    let isOver = false;
    const look = (): void => {
      begun.push(daemon.waited);
      if (!isOver) setImmediate(look);
    };
    look();
    await Client.open(WAITING.repeat(10));
    await daemon.waiting(10);
    isOver = true;
    const inOneTurn = begun.slice(1).map((count, turn) => count - begun[turn]!);
    expect(Math.max(...inOneTurn)).toBe(2);
  });

  test('wait for one of each other source, and not for all that another source has waiting', async () => {
    await start({ maxPerTurn: 1 });
    const from = (source: string, number: number): string =>
      `${POST}X-Forwarded-For: ${source}\r\nContent-Length: 1\r\n\r\n${number}`;
    const sent = [1, 2, 3, 4].map((number) => from('203.0.113.1', number)).join('') + from('203.0.113.2', 5);
    await sendRawRequests(daemon.port, [sent], 5);
    const order = daemon.received.map((body) => (body as JsonNumber).value);
    expect(order.slice(0, -2)).toContain(5);
    expect(order.filter((number) => number !== 5)).toEqual([1, 2, 3, 4]);
  });

  test('are taken where there are 16', async () => {
    await start({});
    const client = await Client.open(WAITING.repeat(16));
    await daemon.waiting(16);
    await daemon.clock.advance(1_000);
    expect(await client.answered()).toBe(200);
  });
});
