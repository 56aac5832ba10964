import autocannon, { type Request, type Result } from 'autocannon';
import { percentile } from './statistics.js';

/** One request of many that differ in nothing but this. */
export interface Variation {
  readonly path?: string;
  readonly body?: Buffer;
}

export interface Load {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly connections: number;
  readonly requests: number;
  /** What the next request differs in; called once per request, in the order of sending. */
  readonly next: () => Variation;
}

export interface Measured {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Sends so many requests over so many connections, each connection the next as soon as it is answered.
 * @throws where any of them is not answered with 2xx: a benchmark of refusals measures something else
 */
export async function run({ url, method, connections, requests, next }: Load): Promise<Measured> {
  const headers = method === 'POST' ? { 'content-type': 'application/json' } : {};
  const setupRequest = (request: Request): Request => ({ ...request, ...next() });
  const latencies: number[] = [];
  const startedAt = performance.now();
  let endedAt = startedAt;
  const result = await new Promise<Result>((resolve, reject) => {
    autocannon(
      { url, connections, amount: requests, timeout: 60, requests: [{ method, headers, setupRequest }] },
      (error, all) => (error ? reject(error) : resolve(all)),
    ).on('response', (_client, _status, _bytes, responseMs) => {
      latencies.push(responseMs);
      endedAt = performance.now();
    });
  });
  if (result['2xx'] !== requests || result.errors + result.timeouts > 0) {
    const answers = JSON.stringify(result.statusCodeStats);
    throw new Error(
      `${url}: ${requests} requests, answered ${answers}, ${result.errors + result.timeouts} failed`,
    );
  }
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: (requests / (endedAt - startedAt)) * 1000,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
  };
}
