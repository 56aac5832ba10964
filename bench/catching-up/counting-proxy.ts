import { createServer, request as call, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request that came through, with what it cost on the caller's side of the proxy. */
export interface Passed {
  readonly path: string;
  /** Of both bodies. */
  readonly bodyBytes: number;
  /** Of all that went over the connection, headers included. */
  readonly bytes: number;
}

export interface CountingProxy {
  readonly url: string;
  readonly passed: readonly Passed[];
  stop(): void;
}

/** Stands in front of a daemon, as nginx does, and counts what goes through. */
export async function startCountingProxy(port: number): Promise<CountingProxy> {
  const passed: Passed[] = [];
  const counted = new WeakMap<Socket, number>();
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket, method, url: path = '/', headers } = request;
    const body = await buffer(request);
    const target = { host: '127.0.0.1', port, method, path, headers };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      call(target, resolve).on('error', reject).end(body);
    });
    const text = await buffer(answer);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.end(text, () => {
      const soFar = socket.bytesRead + socket.bytesWritten;
      const bytes = soFar - (counted.get(socket) ?? 0);
      counted.set(socket, soFar);
      passed.push({ path, bodyBytes: body.length + text.length, bytes });
    });
  };
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url, passed, stop };
}
