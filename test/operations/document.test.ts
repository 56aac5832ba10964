import { describe, expect, it } from 'vitest';
import { agrees, stepsOf } from './document.js';

/** The commands of a document, and what is to become of each. */
function read(...lines: string[]): unknown[] {
  return stepsOf(lines.join('\n')).map(({ line, command, notRun, until, output }) => ({
    line,
    command,
    ...(notRun === null ? {} : { notRun }),
    ...(until === null ? {} : { until }),
    ...(output === null ? {} : { output }),
  }));
}

describe('the commands of a document', () => {
  it('are those of its sh blocks, in order, and of no other', () => {
    expect(
      read('# Title', '```sh', '# why', 'one', '', 'two --flag', '```', '```ini', 'three', '```'),
    ).toEqual([
      { line: 4, command: 'one' },
      { line: 6, command: 'two --flag' },
    ]);
  });

  it('stand under their heading', () => {
    const steps = stepsOf('# A\n```sh\none\n```\n## B\ntext\n```sh\n# no heading\ntwo\n```');
    expect(steps.map(({ section }) => section)).toEqual(['A', 'B']);
  });

  it.each([
    ['a here-document', ["cat > file <<'EOF'", 'A=1', '', 'EOF']],
    ['a line that goes on', ['curl \\', '  --fail']],
    ['a loop', ['for a in 1 2; do', '  echo $a', 'done']],
    ['quotes', ["echo 'one", "two'"]],
  ])('span lines: %s', (_, lines) => {
    expect(read('```sh', ...lines, 'next', '```')).toEqual([
      { line: 2, command: lines.join('\n') },
      { line: 2 + lines.length, command: 'next' },
    ]);
  });

  it('are refused where one has no end', () => {
    expect(() => read('```sh', 'echo "', '```')).toThrow('line 2');
  });

  it('have the output that is shown with them', () => {
    expect(read('```console', '$ one \\', '    --two', 'a', 'b', '$ three', '```')).toEqual([
      { line: 2, command: 'one \\\n    --two', output: 'a\nb' },
      { line: 6, command: 'three', output: '' },
    ]);
  });

  it('are told by the comment above what is to become of them, and only of that block', () => {
    const remark = '<!-- not run: it needs the internet -->';
    expect(read(remark, '', '```sh', 'one', '```', '```sh', 'two', '```')).toEqual([
      { line: 4, command: 'one', notRun: 'it needs the internet' },
      { line: 7, command: 'two' },
    ]);
    expect(read('<!-- until: ready -->', 'Text between.', '```sh', 'one', '```')).toEqual([
      { line: 4, command: 'one' },
    ]);
    expect(read('<!-- until: ready -->', '```sh', 'tail -f', '```')).toEqual([
      { line: 3, command: 'tail -f', until: 'ready' },
    ]);
  });

  it('may be part of a list', () => {
    expect(read('1. First', '', '   ```sh', '   one', '   ```')).toEqual([{ line: 4, command: 'one' }]);
  });
});

describe('what a command printed', () => {
  it.each([
    ['the same', 'ok', 'ok'],
    [
      'with times and numbers of its own',
      '{"at":"2026-11-24T08:00:01.5+00:00","n":12}',
      '{"at":"2026-01-02T03:04:05Z","n":3}',
    ],
    ['with identities of its own', `id ${'0A'.repeat(16)}`, `id ${'FF'.repeat(16)}`],
    ['in columns of its own', 'a    b  ', 'a  b'],
    ['with anything at dots', 'Active: active (running) since Tue', 'Active: active (running) ...'],
    ['with any lines at a line of dots', 'a\nx\ny\nb', 'a\n...\nb'],
    ['with none at a line of dots', 'a\nb', 'a\n...\nb'],
    ['nothing', '', ''],
  ])('agrees with the document: %s', (_, printed, shown) => {
    expect(agrees(printed, shown)).toBe(true);
  });

  it.each([
    ['another word', 'failed', 'ok'],
    ['more', 'ok\nfailed', 'ok'],
    ['less', 'a', 'a\nb'],
    ['something, where nothing is shown', 'warning', ''],
    ['what only a pattern would match', 'axb', 'a.b'],
    ['the end missing after dots', 'a\nx', 'a\n...\nb'],
  ])('differs: %s', (_, printed, shown) => {
    expect(agrees(printed, shown)).toBe(false);
  });
});
