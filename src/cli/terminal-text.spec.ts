import { describe, expect, it } from 'vitest';
import {
  ago,
  duration,
  fields,
  indented,
  table,
  terminalJson,
  terminalLine,
  widthOf,
} from './terminal-text.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('a text of a stranger on the terminal', () => {
  it.each([
    ['clears no screen', 'a\u001b[2Jb', 'a\\u001b[2Jb'],
    ['begins no line', 'a\nb\rc', 'a\\u000ab\\u000dc'],
    ['sends no eight-bit command', 'a\u009b2Jb', 'a\\u009b2Jb'],
    ['does not turn around', 'a\u202egpj.exe', 'a\\u202egpj.exe'],
    ['is otherwise itself', 'chat.example.org é', 'chat.example.org é'],
  ])('%s', (_, text, shown) => expect(terminalLine(text)).toBe(shown));

  it('is the same for a program that reads the JSON, and harmless there too', () => {
    const value = { reason: 'a\u001b[2J\u009b\u007f\u202e\u2028b' };
    const text = terminalJson(value);
    expect(text).toMatch(/^[ -~\n]*$/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('times in words', () => {
  it.each([
    [999, '0 s'],
    [59 * SECOND, '59 s'],
    [MINUTE, '1 min'],
    [HOUR, '1 h'],
    [HOUR + 5 * MINUTE, '1 h 5 min'],
    [47 * HOUR, '47 h'],
    [48 * HOUR, '2 days'],
  ])('%i ms are %s', (ms, words) => expect(duration(ms)).toBe(words));

  const now = Date.parse('2026-11-23T01:00:00Z');
  it.each([
    ['2026-11-23T00:57:00.000000+00:00', '3 min ago'],
    ['2026-11-23T02:00:00+00:00', 'in 1 h'],
    ['no time', 'no time'],
    [null, 'never'],
  ])('%s is %s', (timestamp, words) => expect(ago(timestamp, now)).toBe(words));
});

describe('a table', () => {
  const rows = [
    ['a', 'https://a.example/discovery'],
    ['b-with-a-long-name', 'https://b.example'],
  ];

  it('stands in columns', () => {
    expect(table(['NAME', 'ENDPOINT'], rows, null)).toEqual([
      'NAME                ENDPOINT',
      'a                   https://a.example/discovery',
      'b-with-a-long-name  https://b.example',
    ]);
  });

  it('fits the terminal: the widest columns give way', () => {
    const lines = table(['NAME', 'ENDPOINT'], rows, 30);
    expect(lines[1]).toBe('a               https://a.exa…');
    expect(lines.every((line) => line.length <= 30)).toBe(true);
  });

  it('lets no cell break it', () => {
    expect(table(['NAME'], [['a\nb']], null)).toEqual(['NAME', 'a\\u000ab']);
    expect(fields([['name', 'a\u001bb']])).toEqual(['  name  a\\u001bb']);
  });
});

describe('sentences below a heading', () => {
  const next = ['set LATTICE_APP_URL, such as https://chat.example.org', 'see'];

  it('go on below themselves where the terminal is narrow', () => {
    expect(indented(next, 40)).toEqual([
      '  set LATTICE_APP_URL, such as',
      '    https://chat.example.org',
      '  see',
    ]);
  });

  it('are a line each where there is no terminal', () => {
    expect(indented(next, Infinity)).toEqual(next.map((each) => `  ${each}`));
  });
});

it.each([
  [{ columns: 80 }, 80],
  [{ columns: 0 }, Infinity],
  [{}, Infinity],
])('a terminal that says %o is %s characters wide', (stream, width) => {
  expect(widthOf(stream)).toBe(width);
});
