import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo, LookupFunction, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server on loopback that remembers who came. */
export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Every connection ever made, the closed ones too. */
  readonly connections: Socket[];
  /** The first of them, once it is made. */
  readonly connected: Promise<Socket>;
}

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export async function localServer(answer: Answer, tls?: { key: string; cert: string }): Promise<LocalServer> {
  const seen: SeenRequest[] = [];
  const connections: Socket[] = [];
  const listener: RequestListener = (request, response) => {
    void text(request).then((body) => {
      seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      answer(response, request);
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  // Proposes no time to keep a connection, so that the client's own counts.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket: Socket) => connections.push(socket));
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    seen,
    connections,
    connected,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of connections) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** A resolver that gives one answer after the other, the last one again and again, and asks nobody. */
export function resolverOf(...answers: readonly (readonly string[])[]): LookupFunction {
  let asked = 0;
  return (_hostname, _options, callback) => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    const addresses = answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(() => callback(null, addresses));
  };
}
