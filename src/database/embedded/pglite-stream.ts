import { Duplex } from 'node:stream';
import type { EmbeddedSession } from './embedded-session.js';
import { firstGroup, WELCOME } from './wire.js';

/**
 * The "socket" of a pg client whose other end is PGlite in this process.
 *
 * pg speaks the wire protocol as it does to any server, so parameters, types and errors are those of PostgreSQL. At
 * most one stream may live at a time (the pool has one client): PGlite has one session, and two clients would run in
 * one another's transactions. Named statements and session settings would outlive their client: use neither.
 */
export class PgliteStream extends Duplex {
  private received: Buffer = Buffer.alloc(0);
  private started = false;
  private left: Promise<void> | null = null;

  constructor(private readonly session: EmbeddedSession) {
    super();
  }

  /** What pg calls on a net.Socket besides the methods of a stream. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    this.serve().then(
      () => done(),
      (cause: unknown) => done(new Error('Connection terminated: the embedded database failed.', { cause })),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.leave().then(
      () => done(error),
      () => done(error),
    );
  }

  /** A client that goes inside a transaction takes it along, as on a server; once, as the next client may be in. */
  private leave(): Promise<void> {
    this.left ??= this.session.reset();
    return this.left;
  }

  private async serve(): Promise<void> {
    for (;;) {
      const group = firstGroup(this.received, !this.started);
      if (group === null) return;
      this.received = this.received.subarray(group.bytes.length);
      if (group.kind === 'terminate') {
        await this.leave();
        this.push(null);
        return;
      }
      this.push(group.kind === 'startup' ? WELCOME : await this.session.execute(group.bytes));
      this.started = true;
    }
  }
}
