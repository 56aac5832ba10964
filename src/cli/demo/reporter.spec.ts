import { describe, expect, it } from 'vitest';
import { LineReporter, type Scene, TerminalReporter } from './reporter.js';

const URL_A = 'http://127.0.0.1:1';
const scene = (changes: Partial<Scene>): Scene => ({
  figures: [
    { name: 'ada', isStarted: true, url: URL_A },
    { name: 'bob', isStarted: true, url: null },
    { name: 'eve', isStarted: false, url: null },
  ],
  acquaintance: new Map([['ada', new Set(['bob'])]]),
  elapsedMs: 1_250,
  epilogue: [],
  ...changes,
});

const TABLE = [
  '       ada  bob  eve',
  '  ada   -    ✓    ·   knows 1 of 2  http://127.0.0.1:1',
  '  bob   ·    -    ·   starting',
  '  eve   ·    ·    -   waiting',
];

describe('on a terminal', () => {
  const terminal = (
    columns: number,
  ): { columns: number; write: (text: string) => boolean; written: string[] } => {
    const written: string[] = [];
    return { columns, written, write: (text) => written.push(text) > 0 };
  };

  it('draws the table in place, and nothing where nothing changed', () => {
    const screen = terminal(80);
    const reporter = new TerminalReporter(screen);
    reporter.tell(scene({}));
    reporter.tell(scene({ elapsedMs: 1_900 }));
    reporter.tell(scene({ elapsedMs: 2_000 }));
    const picture = (seconds: number): string =>
      ['Who knows whom after ' + seconds + ' s:', '', ...TABLE, '', ''].join('\n');
    expect(screen.written).toEqual([picture(1), `\x1b[7F\x1b[0J${picture(2)}`]);
  });

  it('cuts a line rather than letting it wrap, as it is drawn over later', () => {
    const screen = terminal(12);
    new TerminalReporter(screen).tell(scene({}));
    expect(screen.written[0]?.split('\n').every((line) => line.length < 12)).toBe(true);
  });
});

describe('in a log', () => {
  it('tells each change once, and the table at the end', () => {
    const lines: string[] = [];
    const reporter = new LineReporter((line) => lines.push(line));
    reporter.tell(scene({}));
    reporter.tell(scene({ elapsedMs: 2_000 }));
    reporter.tell(scene({ elapsedMs: 3_000, epilogue: ['The end.'] }));
    reporter.tell(scene({ elapsedMs: 4_000, epilogue: ['The end.'] }));
    expect(lines).toEqual([
      `  1.3 s  ada runs on ${URL_A}`,
      '  1.3 s  ada knows bob',
      '',
      ...TABLE,
      '',
      'The end.',
    ]);
  });
});
