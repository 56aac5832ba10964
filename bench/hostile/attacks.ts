import { Agent, request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const KINDS = [
  'slow headers',
  'slow bodies',
  'idle connections',
  'endless chunks',
  'strangers',
] as const;
export type Kind = (typeof KINDS)[number];

/** What the daemon did to the hostile clients. */
export type Counts = Record<string, number>;

export interface Target {
  readonly port: number;
  /** For strangers: what each sends. */
  readonly bodies: readonly Buffer[];
}

const CONNECTIONS = 1_000;
const STREAMS = 16;
const STRANGERS_AT_ONCE = 64;
const PIECE_EVERY_MS = 1_000;
const AGAIN_AFTER_MS = 1_000;
/** What a slow body sends at once; the rest comes byte by byte. */
const HEAD_START = 256 * 1024;
const PATH = '/api/v1/gossip/receive';

/** Resolves when an attack that has an end has come to it; the others go on until the process ends. */
export async function attack(kind: Kind, target: Target, counts: Counts): Promise<void> {
  switch (kind) {
    case 'slow headers':
      return hold(target, counts, () => [`POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-Padding: `, 'x']);
    case 'slow bodies':
      return hold(target, counts, (number) => [
        `${head(number)}Content-Length: 1048576\r\n\r\n${' '.repeat(HEAD_START)}`,
        ' ',
      ]);
    case 'idle connections':
      return hold(target, counts, () => ['', '']);
    case 'endless chunks':
      for (let number = 0; number < STREAMS; number += 1) stream(target, counts, number);
      return;
    case 'strangers':
      return strangers(target, counts);
  }
}

const head = (number: number): string =>
  `POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${sourceOf(number)}\r\n`;

/** An address of its own for every 30 requests. */
function sourceOf(number: number): string {
  const source = Math.floor(number / 30);
  return `203.${source >> 16}.${(source >> 8) & 255}.${source & 255}`;
}

/** Keeps so many connections open with a first piece and, every second, another; whoever is cut comes back. */
async function hold(
  target: Target,
  counts: Counts,
  pieces: (number: number) => readonly [first: string, next: string],
): Promise<void> {
  const open = new Map<Socket, string>();
  let number = 0;
  const add = (): void => {
    const [first, next] = pieces(number++);
    const socket = connect(target.port, '127.0.0.1', () => {
      count(counts, 'connections');
      open.set(socket, next);
      if (first !== '') socket.write(first);
    });
    socket.on('data', (text: Buffer) => count(counts, statusOf(text)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      count(counts, 'cut');
      open.delete(socket);
      setTimeout(add, AGAIN_AFTER_MS);
    });
  };
  setInterval(() => {
    for (const [socket, next] of open) if (next !== '' && socket.writable) socket.write(next);
  }, PIECE_EVERY_MS);
  for (let i = 0; i < CONNECTIONS; i += 1) {
    add();
    if (i % 50 === 49) await sleep(100);
  }
}

/** Sends chunks as fast as they are taken; whoever is cut comes back. */
function stream(target: Target, counts: Counts, number: number): void {
  const chunk = Buffer.from(`10000\r\n${' '.repeat(0x10000)}\r\n`);
  const socket = connect(target.port, '127.0.0.1', () => {
    count(counts, 'connections');
    socket.write(`${head(number)}Transfer-Encoding: chunked\r\n\r\n`);
    send();
  });
  const send = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on('drain', send);
  socket.on('data', (text: Buffer) => count(counts, statusOf(text)));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    count(counts, 'cut');
    setTimeout(() => stream(target, counts, number + STREAMS), 20);
  });
}

async function strangers({ port, bodies }: Target, counts: Counts): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: STRANGERS_AT_ONCE });
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < bodies.length) {
      const number = next++;
      count(counts, await post({ port, agent, number, body: bodies[number]! }));
    }
  };
  await Promise.all(Array.from({ length: STRANGERS_AT_ONCE }, lane));
}

interface Post {
  readonly port: number;
  readonly agent: Agent;
  readonly number: number;
  readonly body: Buffer;
}

function post({ port, agent, number, body }: Post): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-forwarded-for': sourceOf(number),
  };
  return new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port, method: 'POST', path: PATH, agent, headers },
      (response) => {
        response.resume().on('close', () => resolve(String(response.statusCode)));
      },
    );
    sent.on('error', () => resolve('cut')).end(body);
  });
}

/** Where strangers say they are: whoever calls back there waits for an answer that never comes. */
export function tarPit(): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => undefined).resume());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

function count(counts: Counts, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

const statusOf = (text: Buffer): string => /^HTTP\/1.1 (\d+)/.exec(text.toString('latin1'))?.[1] ?? 'more';
