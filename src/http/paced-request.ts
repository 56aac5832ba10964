import { IncomingMessage } from 'node:http';
import { turnOf } from '../platform/event-loop.js';
import { Turnstile } from '../platform/turnstile.js';
import type { ServerLimits } from './server-limits.js';

type Limits = Pick<ServerLimits, 'maxBodyPieceBytes' | 'maxBodiesPerTurn' | 'bodyTurnMs'>;

/**
 * A class of requests whose bodies are read piece by piece, each in its turn, whoever reads them and what for. Node would
 * take all that there is from one connection after the other, and short requests would wait behind long ones.
 */
export function pacedRequest({
  maxBodyPieceBytes,
  maxBodiesPerTurn,
  bodyTurnMs,
}: Limits): typeof IncomingMessage {
  const turnstile = new Turnstile({ perTurn: maxBodiesPerTurn, maxHeldTurns: 0 }, turnOf(bodyTurnMs));
  return class extends IncomingMessage {
    #sinceTurn = 0;

    /** Bytes have arrived; false stops the connection from being read until `_read`. */
    override push(bytes: Buffer | null, encoding?: BufferEncoding): boolean {
      this.#sinceTurn += bytes?.length ?? 0;
      return super.push(bytes, encoding) && this.#sinceTurn < maxBodyPieceBytes;
    }

    /** More is wanted. */
    override _read(size: number): void {
      if (this.#sinceTurn < maxBodyPieceBytes) return super._read(size);
      turnstile.pass(() => {
        this.#sinceTurn = 0;
        super._read(size);
      });
    }
  };
}
