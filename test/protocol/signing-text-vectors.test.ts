import { describe, expect, it } from 'vitest';
import { outcomes, readVectors } from './vectors.js';

interface SignedVector {
  readonly name: string;
  readonly type: string;
  readonly payload_json: string;
  readonly canonical: string | null;
  readonly valid: boolean;
}

const vectors = JSON.parse(readVectors('signatures.json')) as {
  readonly positive: readonly SignedVector[];
  readonly variants: readonly SignedVector[];
};

/** Refused before any signature is looked at, as the vectors allow; the last is refused by deployed servers too. */
const REFUSED: Readonly<Record<string, string>> = {
  "announcement, coerced capability booleans ('yes', 0)": 'capabilities.paging',
  'field dropped that has a different default (server_uuid regenerated)': 'server_uuid',
  'message: priority 3': 'priority',
};

describe('the text that a signature covers', () => {
  it.each([...vectors.positive, ...vectors.variants])('$name', ({ name, type, payload_json, canonical }) => {
    const refusedField = REFUSED[name];
    expect(outcomes[type]!(payload_json)).toEqual(
      refusedField === undefined ? { canonical } : { refusedField },
    );
  });
});
