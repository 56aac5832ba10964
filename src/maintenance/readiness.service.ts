import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Database } from '../database/database.js';
import { Clock } from '../platform/clock.js';

/** Whoever asks is a supervisor with a deadline of its own. */
const PATIENCE_MS = 2_000;

/** Whether requests may be sent here. The identity is loaded, or there would be nobody to ask: a start without it fails. */
@Injectable()
export class ReadinessService implements BeforeApplicationShutdown {
  private isStopping = false;

  constructor(
    private readonly database: Database,
    private readonly host: HttpAdapterHost,
    private readonly clock: Clock,
  ) {}

  beforeApplicationShutdown(): void {
    this.isStopping = true;
  }

  /** What is missing, a sentence each without its full stop; none where this server is ready. */
  async missing(): Promise<string[]> {
    const isReachable = await this.isDatabaseReachable();
    const server = this.host.httpAdapter.getHttpServer() as ReturnType<
      NestExpressApplication['getHttpServer']
    >;
    return [
      isReachable ? null : 'the database cannot be reached',
      this.isStopping || !server.listening ? 'this server is stopping' : null,
    ].filter((reason) => reason !== null);
  }

  private async isDatabaseReachable(): Promise<boolean> {
    const over = new AbortController();
    const patience = this.clock.sleep(PATIENCE_MS, over.signal).then(
      () => false,
      () => false,
    );
    const answer = await Promise.race([this.database.isReachable(), patience]);
    over.abort();
    return answer;
  }
}
