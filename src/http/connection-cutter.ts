import { Injectable, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Clock, type Timer } from '../platform/clock.js';

/** For answers that are under way: what they wait for ends sooner, as calls to other servers end with the daemon. */
const GRACE_MS = 3_000;

/**
 * Cuts the connections that would keep the server from stopping: those on which nothing was ever sent, or a request
 * began and does not go on. Nobody else looks at them any more, as a server that closes stops checking its timeouts.
 */
@Injectable()
export class ConnectionCutter implements BeforeApplicationShutdown, OnApplicationShutdown {
  #timer: Timer | null = null;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly clock: Clock,
  ) {}

  beforeApplicationShutdown(): void {
    this.#timer = this.clock.after(GRACE_MS, () => {
      const server = this.host.httpAdapter.getHttpServer() as ReturnType<
        NestExpressApplication['getHttpServer']
      >;
      server.closeAllConnections();
      // Until the server has stopped listening, more may come.
      this.beforeApplicationShutdown();
    });
  }

  onApplicationShutdown(): void {
    this.#timer?.cancel();
  }
}
