import { FederationError } from '../protocol/errors.js';

/** Of all bodies that are arriving. 1 MiB on each of 4,096 connections would be 4 GiB; a message has 2 KiB. */
const MAX_ARRIVING_BYTES = 32 * 1024 * 1024;

/** A body that has not arrived whole. */
export interface Arriving {
  /** Bytes that are held of it. */
  size: number;
  /** Lets go of them; the caller is told why. */
  refuse(reason: FederationError): void;
}

/** Bounds what all bodies together hold while they arrive. The largest goes first, so it is nobody's who sends a message. */
export class BodyBudget {
  readonly #arriving = new Set<Arriving>();
  #held = 0;

  constructor(private readonly maxBytes = MAX_ARRIVING_BYTES) {}

  begin(body: Arriving): void {
    this.#arriving.add(body);
    this.#held += body.size;
  }

  /** Takes more bytes into account, and makes room for them. */
  grow(body: Arriving, bytes: number): void {
    if (!this.#arriving.has(body)) return;
    body.size += bytes;
    this.#held += bytes;
    while (this.#held > this.maxBytes) {
      const largest = [...this.#arriving].reduce((most, one) => (one.size > most.size ? one : most));
      this.end(largest);
      largest.refuse(new FederationError('rate_limited', 'Too many large bodies arrive here at this time'));
    }
  }

  /** It has arrived, or is given up; more than once is once. */
  end(body: Arriving): void {
    if (this.#arriving.delete(body)) this.#held -= body.size;
  }
}
