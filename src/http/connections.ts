import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerLimits } from './server-limits.js';

type Limits = Pick<ServerLimits, 'maxConnections' | 'maxPipelined' | 'maxDroppedBytes'>;

/**
 * Bounds what connections cost together. Where there are as many as may be, the one that has kept us waiting for longest
 * makes room: idle, or with a request that has yet to arrive whole. So whoever holds connections open can only take them
 * from himself, and an honest newcomer is served. Nobody is sent away while his answer is due; where all connections
 * are such, the newcomer is.
 */
export class Connections {
  /** What each has asked and not been answered; the one whose last request or answer is longest ago stands first. */
  readonly #unanswered = new Map<Socket, Set<IncomingMessage>>();

  constructor(private readonly limits: Limits) {}

  watch(server: Server): void {
    server.on('connection', (socket) => this.#open(socket));
  }

  /**
   * Call with each request, before anything else looks at it. False where its connection has been cut: the rest of what
   * arrived in one piece still becomes requests then.
   */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request;
    const unanswered = this.#unanswered.get(socket);
    if (unanswered === undefined) return false;
    if (unanswered.size >= this.limits.maxPipelined) {
      this.#cut(socket);
      return false;
    }
    unanswered.add(request);
    this.#moveToEnd(socket, unanswered);
    // Before Node's own listener, which would drop the rest of the body for as long as it comes.
    response.prependOnceListener('finish', () => {
      unanswered.delete(request);
      if (this.#unanswered.has(socket)) this.#moveToEnd(socket, unanswered);
      if (!request.complete) this.#dropRest(request);
    });
    return true;
  }

  #open(socket: Socket): void {
    if (this.#unanswered.size >= this.limits.maxConnections && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    this.#unanswered.set(socket, new Set());
    socket.once('close', () => this.#unanswered.delete(socket));
  }

  #makeRoom(): boolean {
    for (const [socket, unanswered] of this.#unanswered) {
      if (!isWaitingForUs(unanswered)) {
        this.#cut(socket);
        return true;
      }
    }
    return false;
  }

  #cut(socket: Socket): void {
    this.#unanswered.delete(socket);
    socket.destroy();
  }

  #moveToEnd(socket: Socket, unanswered: Set<IncomingMessage>): void {
    this.#unanswered.delete(socket);
    this.#unanswered.set(socket, unanswered);
  }

  /** Cutting the connection with the answer could lose it on its way, so some more of the body is read first. */
  #dropRest(request: IncomingMessage): void {
    let dropped = 0;
    request.on('data', (bytes: Buffer) => {
      dropped += bytes.length;
      if (dropped > this.limits.maxDroppedBytes) this.#cut(request.socket);
    });
    // What has arrived already.
    while (request.read() !== null);
  }
}

/** All that it asked has arrived, and an answer is due. */
function isWaitingForUs(unanswered: ReadonlySet<IncomingMessage>): boolean {
  if (unanswered.size === 0) return false;
  for (const request of unanswered) if (!request.complete) return false;
  return true;
}
