import { request, type RequestOptions } from 'node:http';
import type { BenchPeer, Signed } from '../peers.js';
import { percentile } from '../statistics.js';

const EVERY_MS = 10;
const TIMEOUT_MS = 10_000;
/** Of ten requests; the others are gossip. */
const ANNOUNCEMENT_TURNS = [1, 5, 9];
const ROUTE_TURNS = [3, 7];

export interface Experience {
  readonly requests: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** By how much our own timer was late, which says how busy the machine is with others. */
  readonly lateP99Ms: number;
}

export interface Crowd {
  readonly port: number;
  readonly peers: readonly BenchPeer[];
  /** Takes the next announcement that was not sent yet. */
  readonly next: () => Signed;
}

/**
 * 100 requests a second, whether the last one was answered or not, each on a connection of its own as nginx makes them by
 * default; from connecting to the last byte.
 */
export function beHonest(crowd: Crowd): () => Promise<Experience> {
  const latencies: number[] = [];
  const lateness: number[] = [];
  const errors: Record<string, number> = {};
  const under: Promise<void>[] = [];
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    while (startedAt + (sent + 1) * EVERY_MS <= now) {
      lateness.push(now - startedAt - (sent + 1) * EVERY_MS);
      under.push(
        ask(optionsOf(crowd, sent)).then((outcome) => {
          latencies.push(performance.now() - now);
          if (outcome !== '200') errors[outcome] = (errors[outcome] ?? 0) + 1;
        }),
      );
      sent += 1;
    }
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await Promise.all(under);
    for (const list of [latencies, lateness]) list.sort((a, b) => a - b);
    return {
      requests: latencies.length,
      errors,
      p50Ms: percentile(latencies, 50),
      p99Ms: percentile(latencies, 99),
      maxMs: latencies.at(-1)!,
      lateP99Ms: percentile(lateness, 99),
    };
  };
}

interface Asking {
  readonly options: RequestOptions;
  readonly body?: Buffer | string;
}

function optionsOf({ port, peers, next }: Crowd, number: number): Asking {
  const to = { host: '127.0.0.1', port, agent: false as const };
  const forwarded = { 'x-forwarded-for': `198.51.100.${number % 250}` };
  const turn = number % 10;
  if (ANNOUNCEMENT_TURNS.includes(turn))
    return { options: { ...to, path: '/api/v1/announcement', headers: forwarded } };
  if (ROUTE_TURNS.includes(turn)) {
    const path = `/api/v1/route/${peers[number % peers.length]!.serverId}`;
    return { options: { ...to, path, method: 'POST' }, body: '{}' };
  }
  const { body } = next();
  const headers = { ...forwarded, 'content-type': 'application/json', 'content-length': body.length };
  return { options: { ...to, path: '/api/v1/gossip/receive', method: 'POST', headers }, body };
}

/** The status of the answer, or what went wrong. */
function ask({ options, body }: Asking): Promise<string> {
  return new Promise((resolve) => {
    const sent = request({ ...options, timeout: TIMEOUT_MS }, (response) => {
      response.resume().on('end', () => resolve(String(response.statusCode)));
      response.on('error', () => resolve('cut off'));
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)).end(body);
  });
}
