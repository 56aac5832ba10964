import { inspect } from 'node:util';
import { expect } from 'vitest';
import { recordOutput, recordSecrets, secretParts } from './suite-record.js';

/** Collects what a test put out, and what may be in none of it. */
export class Leaks {
  readonly #secrets = new Set<string>();
  readonly #texts: string[] = [];

  /** A key counts line by line, as it would be seen of one that was cut or escaped. */
  keepSecret(...values: readonly string[]): void {
    for (const part of values.flatMap(secretParts)) this.#secrets.add(part);
    recordSecrets(...values);
  }

  /** Any value, as deep as `console.log` could ever show it. */
  saw(...values: readonly unknown[]): void {
    const texts = values.map((value) => (typeof value === 'string' ? value : shown(value)));
    this.#texts.push(...texts);
    recordOutput(...texts);
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

function shown(value: unknown): string {
  return inspect(value, { depth: 12, showHidden: true, maxStringLength: null });
}
