import { randomInt, randomUUID } from 'node:crypto';

/** The daemon's only source of chance. */
export abstract class Random {
  /** A number from 0 up to but not including 1. */
  abstract uniform(): number;

  /** A version 4 UUID (RFC 9562), in lower case. */
  abstract uuid(): string;

  /** The items in random order; the given list stays as it is. */
  shuffle<T>(items: readonly T[]): T[] {
    return this.sample(items, items.length);
  }

  /** At most `count` of the items, each at most once, in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    const pool = [...items];
    const size = Math.min(count, pool.length);
    for (let i = 0; i < size; i += 1) {
      const j = i + Math.floor(this.uniform() * (pool.length - i));
      [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
    }
    return pool.slice(0, size);
  }
}

/** The widest range that `randomInt` offers. */
const RANDOM_INT_RANGE = 2 ** 48 - 1;

/** Unpredictable to others, so that nobody can foresee whom this server will choose. */
export class SystemRandom extends Random {
  uniform(): number {
    return randomInt(RANDOM_INT_RANGE) / RANDOM_INT_RANGE;
  }

  uuid(): string {
    return randomUUID();
  }
}

/** The same sequence for the same seed (mulberry32): for tests and simulations. */
export class SeededRandom extends Random {
  #state: number;

  constructor(seed: number) {
    super();
    this.#state = seed >>> 0;
  }

  uniform(): number {
    return this.#next() / 2 ** 32;
  }

  uuid(): string {
    const hex = Array.from({ length: 4 }, () => this.#next().toString(16).padStart(8, '0')).join('');
    const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20),
    ].join('-');
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
