import { inspect } from 'node:util';
import { expect } from 'vitest';

/** Shorter parts of a key could be found anywhere. */
const LINE_OF_KEY = /^[A-Za-z0-9+/=]{16,}$/;

/** Collects what a test put out, and what may be in none of it. */
export class Leaks {
  readonly #secrets = new Set<string>();
  readonly #texts: string[] = [];

  /** A key counts line by line, as it would be seen of one that was cut or escaped. */
  keepSecret(...values: readonly string[]): void {
    for (const value of values) {
      if (!value.includes('PRIVATE KEY')) this.#secrets.add(value);
      for (const line of value.split('\n')) if (LINE_OF_KEY.test(line)) this.#secrets.add(line);
    }
  }

  /** Any value, as deep as `console.log` could ever show it. */
  saw(...values: readonly unknown[]): void {
    for (const value of values) {
      this.#texts.push(
        typeof value === 'string'
          ? value
          : inspect(value, { depth: 12, showHidden: true, maxStringLength: null }),
      );
    }
  }

  /** Fails without naming the secret. */
  expectNone(): void {
    const all = this.#texts.join('\n');
    const leaked = [...this.#secrets].filter((secret) => all.includes(secret)).length;
    expect({ secrets: this.#secrets.size > 0, output: all.length > 0, leaked }).toEqual({
      secrets: true,
      output: true,
      leaked: 0,
    });
  }
}
