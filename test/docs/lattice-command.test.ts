import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { readdirSync } from 'node:fs';
import { EXIT } from '../../src/cli/cli-error.js';
import type { CommandContext } from '../../src/cli/commands/command-context.js';
import { latticeProgram } from '../../src/cli/lattice.js';
import { root, textOf } from './repository.js';
import { code, tableRows } from './tables.js';

const text = textOf('docs/lattice-command.md');
// Only what they do asks for a context, and nothing is done here.
const program = latticeProgram({} as CommandContext);
const commands = program.commands as Command[];

/** The help as it is printed, notes at its end included. */
function helpOf(command: Command): string {
  let shown = '';
  command.configureOutput({ writeOut: (part) => (shown += part), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return shown;
}

describe('docs/lattice-command.md', () => {
  it('lists every command with its arguments and options, in the order of the help', () => {
    const documented = tableRows(text, 'command').map(([name, args, options]) => ({
      name: code(name),
      args: code(args),
      options: code(options).split(' ').sort(),
    }));
    expect(documented).toEqual(
      commands.map((command) => ({
        name: command.name(),
        args: command.registeredArguments.map((argument) => `<${argument.name()}>`).join(' '),
        options: command.options.map(({ long }) => long ?? '').sort(),
      })),
    );
  });

  it('lists every exit code', () => {
    const documented = tableRows(text, 'code').map(([exitCode]) => Number(code(exitCode)));
    expect(documented).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  it('lists every check', () => {
    const documented = tableRows(text, 'check').map(([name]) => code(name));
    const source = textOf('src/cli/check/finding.ts');
    const union = /export type CheckName =([^;]+);/.exec(source)![1]!;
    expect(documented).toEqual([...union.matchAll(/'(\w+)'/g)].map((match) => match[1]!));
  });
});

describe('the help of every command', () => {
  it.each(commands.map((command) => [command.name(), command] as const))(
    'of %s has a description, examples, exit codes and --env-file, in 80 columns',
    (name, command) => {
      const shown = helpOf(command);
      expect(command.description()).toMatch(/^[A-Z].*\.$/s);
      expect(shown).toMatch(new RegExp(`Examples:\n  (sudo -u lattice )?lattice .*${name}`));
      expect(shown).toMatch(/Exit codes: 0 /);
      expect(shown).toContain('--env-file <file>');
      expect(shown.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it('is there for every file of commands', () => {
    const files = readdirSync(`${root}/src/cli/commands`).filter((file) => file !== 'command-context.ts');
    // `block` and `unblock` share one.
    expect(commands).toHaveLength(files.length + 1);
  });
});
