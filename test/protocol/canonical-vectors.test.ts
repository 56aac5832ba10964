import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/protocol/canonical.js';
import { parseJson } from '../../src/protocol/json.js';
import { readVectorLines, VECTOR_DEPTH } from './vectors.js';

describe('canonical form, as Python wrote it', () => {
  const entries = readVectorLines<{ note: string; input_json: string; canonical: string }>('canonical.jsonl');

  it.each(entries)('$note', ({ input_json, canonical }) => {
    expect(canonicalJson(parseJson(input_json, VECTOR_DEPTH))).toBe(canonical);
  });
});

describe('what Python refuses to parse is refused', () => {
  const entries = readVectorLines<{ note: string; input_json: string; accepted: boolean }>(
    'parser-edge.jsonl',
  );

  it.each(entries)('$note', ({ note, input_json, accepted }) => {
    expect(accepted).toBe(false);
    // The entry for very deep nesting holds a placeholder.
    const depth = Number(/^nesting (\d+)$/.exec(note)?.[1] ?? 0);
    const text = depth > 0 ? '['.repeat(depth) + ']'.repeat(depth) : input_json;
    const code = depth > 0 ? 'nested_too_deep' : 'malformed_json';
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code }));
  });
});
