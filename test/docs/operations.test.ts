import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/cli-error.js';
import { latticeProgram } from '../../src/cli/lattice.js';
import type { Setting } from '../../src/config/setting.js';
import { SETTINGS } from '../../src/config/settings.js';
import { FEDERATION_ERRORS } from '../../src/protocol/errors.js';
import { stepsOf } from '../operations/document.js';
import { root, sourceFiles, textOf } from './repository.js';
import { tableRows } from './tables.js';

const operations = textOf('docs/operations.md');
const security = textOf('docs/security.md');
const source = sourceFiles().map(textOf).join('\n');

/** Every piece of code in the prose of a document. */
function codeOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

function absent(found: Iterable<string>, isThere: (item: string) => boolean): string[] {
  const items = [...new Set(found)];
  expect(items.length).toBeGreaterThan(0);
  return items.filter((item) => !isThere(item));
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[0]);
}

describe('docs/operations.md', () => {
  it('names no variable that the daemon does not read', () => {
    const known = new Set<string>(
      (Object.values(SETTINGS) as Setting<unknown>[]).map(({ variable }) => variable),
    );
    expect(absent(matches(operations, /\b(?:LATTICE|VAULT)_[A-Z_]+\b/g), (name) => known.has(name))).toEqual(
      [],
    );
  });

  it('names no command that there is not', () => {
    const known = new Set(latticeProgram({} as never).commands.map((command) => command.name()));
    // Commands alone: `lattice` is the name of a user, a role and a database as well.
    const typed = stepsOf(operations).flatMap(({ command }) =>
      matches(command, /(?:^|\s)lattice (?:--env-file \S+ )?([a-z][a-z-]+)/gm),
    );
    // The name of the role, the database and the user.
    const others = new Set(['lattice']);
    const quoted = codeOf(operations).flatMap((code) => matches(code, /^lattice ([a-z][a-z-]+)/g));
    expect(
      absent(
        [...typed, ...quoted].filter((name) => !others.has(name)),
        (name) => known.has(name),
      ),
    ).toEqual([]);
  });

  it('names no file of the repository that there is not', () => {
    const copied = matches(operations, /(?:\/opt\/lattice\/| )((?:systemd|docs)\/[\w./-]+)/g);
    expect(absent(copied, (file) => existsSync(join(root, file)))).toEqual([]);
  });

  it('names no exit code that nothing ends with', () => {
    const known = new Set<number>(Object.values(EXIT));
    const named = matches(operations, /(?:ends with|exit code|status=)\s+?`?(\d+)/g);
    // 203 is systemd's own: it could not start the program.
    expect(absent(named, (code) => code === '203' || known.has(Number(code)))).toEqual([]);
  });

  it('names no error code that is not in the registry', () => {
    const named = matches(operations, /`([a-z]+(?:_[a-z]+)+)`/g);
    const columns = new Set(['real_ip_header', 'set_real_ip_from', 'server_id']);
    expect(
      absent(
        named.filter((name) => !columns.has(name)),
        (code) => code in FEDERATION_ERRORS,
      ),
    ).toEqual([]);
  });

  it('quotes no line of the log that is never written', () => {
    const quoted = tableRows(operations, '`msg`').flatMap(([cell = '']) => codeOf(cell));
    const whole = quoted.map((text) => text.replace(/^\.\.\. /, ''));
    expect(absent(whole, (text) => source.includes(text) || isWaitingFor(text))).toEqual([]);
  });

  it('quotes no complaint of a start that is never made', () => {
    const complaints = [
      'The configuration cannot be used:',
      'is taken',
      'is in use by',
      'cannot be written',
      'Others may read or change',
      'is not in the secret store',
    ];
    expect(absent(complaints, (text) => operations.includes(text) && source.includes(text))).toEqual([]);
  });
});

describe('docs/security.md', () => {
  it('names no code and no test that there is not', () => {
    const named = codeOf(security).filter((code) => /^(src|test|systemd)\//.test(code));
    expect(absent(named, (file) => existsSync(join(root, file)))).toEqual([]);
  });

  it('says of every threat what stops it, where, what shows it and what remains', () => {
    const rows = tableRows(security, 'threat');
    expect(rows.length).toBeGreaterThan(15);
    expect(rows.filter((cells) => cells.length !== 5 || cells.includes(''))).toEqual([]);
  });
});

/** The one message that is put together. */
function isWaitingFor(text: string): boolean {
  const [, what = ''] = /^Waiting for (.+)$/.exec(text) ?? [];
  return source.includes('`Waiting for ${what}`') && source.includes(`'${what}'`);
}
