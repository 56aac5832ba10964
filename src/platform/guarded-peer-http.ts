import { LRUCache } from 'lru-cache';
import { Client, Pool, type buildConnector, type Dispatcher } from 'undici';
import { decodeUtf8 } from '../protocol/json.js';
import { parseUrl } from '../protocol/url.js';
import type { AddressPolicy } from './address-policy.js';
import { guardedConnector, type ConnectorOptions } from './guarded-connector.js';
import { PeerHttp, PeerUnreachable, type PeerRequest, type PeerResponse } from './peer-http.js';
import { unlessAborted } from './unless-aborted.js';

/** As large as a body that this server takes itself (wire protocol 1.4). */
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** Enough for the calls of one round to one server; more wait for each other. */
const MAX_CONNECTIONS_PER_ORIGIN = 4;
/** Origins are named by strangers. The least recently called one is let go: at most 512 idle connections. */
const DEFAULT_MAX_ORIGINS = 128;
/** Long enough for the calls of one round, whatever longer time a server proposes. */
const DEFAULT_KEEP_ALIVE_MS = 4_000;

export interface GuardedPeerHttpOptions extends ConnectorOptions {
  /** How many servers' connections are kept at a time. */
  readonly maxOrigins?: number;
  /** How long a connection is kept without a call. */
  readonly keepAliveMs?: number;
}

/** The far end of a connection, once it is made. */
interface FarEnd {
  address: string | undefined;
}

/** Learns from the connection that takes it where its answer comes from. */
interface Call {
  farEnd: FarEnd | null;
}

/** One of the connections to a server: each may lead to another of its addresses. */
class Connection extends Client {
  constructor(
    origin: URL,
    options: Client.Options,
    private readonly farEnd: FarEnd,
  ) {
    super(origin, options);
  }

  override dispatch(
    options: Dispatcher.DispatchOptions & { opaque?: Call },
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    if (options.opaque !== undefined) options.opaque.farEnd = this.farEnd;
    return super.dispatch(options, handler);
  }
}

/** Calls other servers over HTTP and TLS, and nothing but public or allowed addresses (wire protocol 1.5). */
export class GuardedPeerHttp extends PeerHttp {
  readonly #origins: LRUCache<string, Pool>;
  readonly #connect: buildConnector.connector;
  readonly #poolOptions: Pool.Options;
  readonly #calls = new Set<AbortController>();
  #isClosed = false;

  constructor(policy: AddressPolicy, options: GuardedPeerHttpOptions = {}) {
    super();
    const keepAliveMs = options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS;
    this.#connect = guardedConnector(policy, options);
    this.#poolOptions = {
      connections: MAX_CONNECTIONS_PER_ORIGIN,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      // The whole exchange has one deadline, which `request` keeps.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.#origins = new LRUCache({
      max: options.maxOrigins ?? DEFAULT_MAX_ORIGINS,
      // Waits for the calls in progress, then disconnects.
      dispose: (pool) => void pool.close().catch(() => undefined),
    });
  }

  async request(request: PeerRequest, signal?: AbortSignal): Promise<PeerResponse> {
    const url = callableUrl(request.url);
    signal?.throwIfAborted();
    if (this.#isClosed) throw closing();

    const call = new AbortController();
    const onAbort = (): void => call.abort(signal?.reason);
    const onTimeout = (): void => call.abort(timedOut(url, request.timeoutMs));
    const timer = setTimeout(onTimeout, request.timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#calls.add(call);
    try {
      // undici heeds a signal only once it is connected, hence the race.
      return await unlessAborted(this.#exchange(url, request, call.signal), call.signal);
    } catch (error) {
      throw call.signal.aborted ? call.signal.reason : asUnreachable(url, error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#calls.delete(call);
    }
  }

  override forgetConnections(): void {
    this.#origins.clear();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#calls) call.abort(closing());
    await Promise.all([...this.#origins.values()].map((pool) => pool.destroy()));
  }

  async #exchange(url: URL, request: PeerRequest, signal: AbortSignal): Promise<PeerResponse> {
    const isPost = request.method === 'POST';
    const call: Call = { farEnd: null };
    const response = await this.#poolOf(url.origin).request({
      method: request.method,
      path: url.pathname + url.search,
      headers: {
        accept: 'application/json',
        ...(isPost ? { 'content-type': 'application/json' } : {}),
        ...request.headers,
        'accept-encoding': 'identity',
      },
      body: isPost ? (request.body ?? '') : null,
      signal,
      opaque: call,
    });
    // Now: once the body has arrived, the connection may be made anew for the next call.
    const address = call.farEnd?.address;
    try {
      const text = await readText(url, response);
      return { status: response.statusCode, text, address };
    } finally {
      // Does nothing to a body read to its end; any other takes its connection along.
      response.body.on('error', () => undefined).destroy();
    }
  }

  #poolOf(origin: string): Pool {
    const known = this.#origins.get(origin);
    if (known !== undefined) return known;
    const factory = (to: URL, options: object): Connection => this.#connectionTo(to, options);
    const pool = new Pool(origin, { ...this.#poolOptions, factory });
    this.#origins.set(origin, pool);
    return pool;
  }

  #connectionTo(origin: URL, options: object): Connection {
    const farEnd: FarEnd = { address: undefined };
    const connect: buildConnector.connector = (target, callback) =>
      this.#connect(target, (error, socket) => {
        if (error !== null) return callback(error, null);
        farEnd.address = socket.remoteAddress;
        callback(null, socket);
      });
    return new Connection(origin, { ...options, connect }, farEnd);
  }
}

async function readText(
  url: URL,
  { statusCode, headers, body }: Dispatcher.ResponseData<Call>,
): Promise<string> {
  if (statusCode >= 300 && statusCode < 400) {
    throw new PeerUnreachable('redirect', `${url.origin} redirects (${statusCode}), which is not followed`);
  }
  if (Number(headers['content-length']) > MAX_RESPONSE_BYTES) throw tooLarge(url);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) throw tooLarge(url);
    chunks.push(chunk);
  }
  try {
    return decodeUtf8(Buffer.concat(chunks));
  } catch (cause) {
    throw new PeerUnreachable('bad_encoding', `${url.origin} answers with what is not UTF-8`, { cause });
  }
}

/** Any host and port, as the address decides; credentials would be sent on a stranger's word. */
function callableUrl(text: string): URL {
  const url = parseUrl(text);
  if (url === null) throw new PeerUnreachable('bad_url', 'not a URL');
  if (!['http:', 'https:'].includes(url.protocol)) {
    throw new PeerUnreachable('bad_url', `${url.protocol} is not called, only http and https`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new PeerUnreachable('bad_url', `${url.origin}: the URL holds credentials`);
  }
  return url;
}

function asUnreachable(url: URL, error: unknown): PeerUnreachable {
  if (error instanceof PeerUnreachable) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason =
    code === 'UND_ERR_CONNECT_TIMEOUT'
      ? 'timeout'
      : code === 'UND_ERR_HEADERS_OVERFLOW'
        ? 'too_large'
        : 'connection';
  return new PeerUnreachable(reason, `${url.origin}: ${code ?? message}`, { cause: error });
}

function timedOut(url: URL, timeoutMs: number): PeerUnreachable {
  return new PeerUnreachable('timeout', `${url.origin} has not answered within ${timeoutMs} ms`);
}

function tooLarge(url: URL): PeerUnreachable {
  return new PeerUnreachable('too_large', `${url.origin} answers with more than ${MAX_RESPONSE_BYTES} bytes`);
}

function closing(): PeerUnreachable {
  return new PeerUnreachable('connection', 'calls to other servers have ended');
}
