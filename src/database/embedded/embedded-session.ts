import type { PGlite } from '@electric-sql/pglite';
import { Mutex } from '../../platform/mutex.js';
import { endsIdle, queryMessage } from './wire.js';

/** PGlite's one session: takes groups of wire messages one after the other. */
export class EmbeddedSession {
  private readonly turns = new Mutex();
  private inTransaction = false;

  constructor(private readonly pglite: PGlite) {}

  /** The answer to one group of messages. */
  execute(group: Buffer): Promise<Buffer> {
    return this.turns.run(() => this.exchange(group));
  }

  /** Leaves the session as a new connection finds it. */
  reset(): Promise<void> {
    return this.turns.run(async () => {
      if (this.inTransaction) await this.exchange(queryMessage('ROLLBACK'));
    });
  }

  private async exchange(group: Buffer): Promise<Buffer> {
    const answer = await this.ask(group);
    const idle = endsIdle(answer);
    if (idle === null) throw new Error('The embedded database did not finish its answer.');
    this.inTransaction = !idle;
    return answer;
  }

  /**
   * As a stream, because PGlite reads the answer of `execProtocolRaw` itself as well and keeps all that it read: 6 KiB a
   * statement, for ever. There is nothing to sync, as files on a disk are written at once.
   */
  private async ask(group: Buffer): Promise<Buffer> {
    const chunks: Buffer[] = [];
    // The chunk lies in PGlite's memory, which is used again.
    const onRawData = (chunk: Uint8Array): void => void chunks.push(Buffer.from(chunk));
    await this.pglite.execProtocolRawStream(group, { syncToFs: false, onRawData });
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }
}
