import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Nginx } from '../support/nginx.js';

/** Closes the connection when all before it was answered. */
const END = 'GET /end HTTP/1.1\r\nHost: chat.example.org\r\nConnection: close\r\n\r\n';
const HANG_GUARD_MS = 60_000;

let clients = 0;

/** An address of loopback that no request came from before, so that none is refused for those before it. */
export function freshClient(): string {
  clients += 1;
  return `127.${200 + (clients >> 16)}.${(clients >> 8) & 0xff}.${clients & 0xff}`;
}

/**
 * Sends bytes to a proxy and resolves with all that came back when the proxy has closed the connection, be it by a
 * reset.
 * @param bytes as characters
 */
export async function knock(nginx: Nginx, bytes: string, from = freshClient()): Promise<string> {
  const socket = await open(nginx, from);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(HANG_GUARD_MS, () => reject(new Error(`No end after ${JSON.stringify(bytes)}`)));
    socket.once('close', () => resolve());
    socket.write(Buffer.from(bytes + END, 'latin1'));
  });
  return Buffer.concat(chunks).toString('latin1');
}

/** A connection to a proxy, over TLS where it has that, from one address of loopback. */
export function open({ address, port, certificate }: Nginx, from: string): Promise<Socket> {
  const place = { host: address, port, localAddress: from };
  return new Promise((resolve, reject) => {
    const socket: Socket =
      certificate === null
        ? connect(place, () => resolve(socket))
        : connectSecurely({ ...place, rejectUnauthorized: false, servername: '' }, () => resolve(socket));
    socket.once('error', reject);
  });
}

const OPEN_ANSWER = /"alive":/g;

export interface Verdict {
  readonly statuses: readonly number[];
  /** Nothing but refusals came back, and what `knock` itself and a carrier may hear. */
  readonly isRefused: boolean;
}

/** Judges what came back of a forged request. */
export function judge(text: string): Verdict {
  const statuses = [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status));
  const openAnswers = text.match(OPEN_ANSWER)?.length ?? 0;
  const answered = statuses.filter((status) => status === 200).length;
  return { statuses, isRefused: statuses.every(isHarmless) && answered <= openAnswers && !isTold(text) };
}

/** 100 is no answer, 299 the end that `knock` asks for; 501 and 505 are for what nginx does not speak. */
function isHarmless(status: number): boolean {
  return (status >= 400 && status < 500) || [100, 200, 299, 501, 505].includes(status);
}

/** Words that only an answer of administration has. */
function isTold(text: string): boolean {
  return /server_uuid|is_neighbor|uptime_seconds|"scheduled"|"completed"|trust_status/.test(text);
}
