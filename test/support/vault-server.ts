import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { Clock } from '../../src/platform/clock.js';
import type { Certificate } from './certificates.js';
import { VaultModel, type VaultRequest } from './vault-model.js';

/** Answers in place of the model; false leaves the request to it. */
export type Misbehaviour = (response: ServerResponse, request: VaultRequest) => boolean;

/** A stand-in for Vault that follows its HTTP API, over TLS where there is a certificate. */
export class VaultServer {
  readonly requests: VaultRequest[] = [];
  misbehave: Misbehaviour = () => false;
  #server: Server | null = null;
  #port = 0;
  readonly #watchers = new Set<() => void>();

  private constructor(
    readonly model: VaultModel,
    private readonly certificate: Certificate | null,
  ) {}

  static async start(clock: Clock, certificate: Certificate | null): Promise<VaultServer> {
    const server = new VaultServer(new VaultModel(clock), certificate);
    await server.open();
    return server;
  }

  get address(): string {
    return `${this.certificate === null ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, where it listened before; another certificate it shows once. */
  async open(certificate = this.certificate): Promise<void> {
    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#serve(request, response);
    const server = certificate === null ? createPlainServer(listener) : createServer(certificate, listener);
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Goes away; what it holds stays. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    (server as ReturnType<typeof createPlainServer>).closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  /** How often a path, such as `auth/approle/login`, was asked for. */
  count(path: string): number {
    return this.requests.filter((request) => request.path === path).length;
  }

  /** Resolves when the path has been asked for so often, in all. */
  async asked(path: string, times: number): Promise<void> {
    while (this.count(path) < times) {
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await requestOf(message).catch(() => null);
    if (request === null) return void response.destroy();
    this.requests.push(request);
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
    if (this.misbehave(response, request)) return;
    const { status, body } = this.model.answer(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }
}

async function requestOf(message: IncomingMessage): Promise<VaultRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const header = (name: string): string | null => {
    const value = message.headers[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    method: message.method ?? '',
    path: new URL(message.url ?? '', 'http://vault').pathname.replace(/^\/v1\//, ''),
    token: header('x-vault-token'),
    namespace: header('x-vault-namespace'),
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}
