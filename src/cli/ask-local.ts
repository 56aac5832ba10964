import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface LocalRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
}

export interface LocalAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks whoever listens at a URL of this machine. Not with `fetch`, which calls no port that browsers avoid (10080, 6000 and
 * some eighty others), while a daemon may well listen there.
 *
 * @throws the system's error with its `code`; `TimeoutError`
 */
export function askLocal(url: string, { timeoutMs, body, ...options }: LocalRequest): Promise<LocalAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(signal.aborted ? (signal.reason as Error) : error);
    const sent = request(url, { ...options, signal, agent: false }, (response) => {
      text(response).then((text) => resolve({ status: response.statusCode!, text }), fail);
    });
    sent.once('error', fail).end(body);
  });
}
