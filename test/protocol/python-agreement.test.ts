import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/protocol/canonical.js';
import { parseJson } from '../../src/protocol/json.js';

const PROGRAM = `
import json, sys
for line in sys.stdin.buffer:
    try:
        print(json.dumps(json.loads(line.decode('utf-8')), sort_keys=True))
    except ValueError:
        print('refused')
`;

const hasPython = spawnSync('python3', ['-c', 'import json'], { timeout: 30_000 }).status === 0;

const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt().map(String),
  fc.double().map(String),
  fc.double().map((value) => (Number.isFinite(value) ? value.toExponential() : String(value))),
  fc.tuple(fc.integer(), fc.nat(), fc.integer({ min: -400, max: 400 })).map(([a, b, e]) => `${a}.${b}E${e}`),
  fc.constantFrom('-0', '-0.0', '0e9', '1.0', '1e16', '1e-5', '01', '1.', '+1', '-', '-NaN'),
);
const character = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).map((unit) => JSON.stringify(unit).slice(1, -1)),
  fc.nat({ max: 0xffff }).map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`),
  fc.nat({ max: 0xffff }).map((unit) => `\\u${unit.toString(16).toUpperCase().padStart(4, '0')}`),
  fc.constantFrom('a', 'b', '/', '\\/', '\\ud83d', '\\ude00', '😀', '\ue000', '\x7f', '\u2028', '\\x', '\t'),
);
const string = fc.array(character, { maxLength: 6 }).map((characters) => `"${characters.join('')}"`);
const space = fc.constantFrom('', '', ' ', '\t', '\r ', '\v');

/** JSON texts in every spelling, on one line; some not quite JSON. */
const { value: jsonText } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', 'NaN', 'Infinity', '-Infinity'),
    number,
    string,
    fc
      .tuple(space, fc.array(tie('value'), { maxLength: 5 }))
      .map(([s, items]) => `[${s}${items.join(`${s},`)}${s}]`),
    fc
      .tuple(space, fc.array(fc.tuple(string, tie('value')), { maxLength: 5 }))
      .map(([s, entries]) => `{${entries.map(([key, value]) => `${s}${key}${s}:${value}`).join(',')}${s}}`),
  ),
}));

function canonicalOrRefused(text: string): string {
  try {
    return canonicalJson(parseJson(text, 500));
  } catch {
    return 'refused';
  }
}

const unless = hasPython ? '' : ' (skipped: this machine has no python3)';

describe.skipIf(!hasPython)(`canonical form and Python's json.dumps(sort_keys=True)${unless}`, () => {
  it('agree on what is JSON, and on every text of it', () => {
    const texts = fc.sample(jsonText, 2000);
    const input = texts.join('\n') + '\n';
    const { stdout } = spawnSync('python3', ['-c', PROGRAM], { input, encoding: 'utf8', maxBuffer: 2 ** 28 });
    const expected = stdout.trimEnd().split('\n');
    expect(texts.map((text) => [text, canonicalOrRefused(text)])).toEqual(
      texts.map((text, i) => [text, expected[i]]),
    );
    // Controls: both outcomes must be well represented for the comparison to mean anything.
    expect(expected.filter((line) => line === 'refused').length).toBeGreaterThan(20);
    expect(expected.filter((line) => line !== 'refused').length).toBeGreaterThan(500);
  });
});
