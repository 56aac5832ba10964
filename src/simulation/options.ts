import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ScenarioOptions } from './scenario.js';
import { SCENARIOS, type ScenarioName } from './scenarios/all.js';

/** The largest network that a run has been tried with. */
const MOST_NODES = 100_000;

export interface SimulateOptions extends ScenarioOptions {
  readonly scenario: ScenarioName;
  /** Where to write the results; null for nowhere. */
  readonly jsonFile: string | null;
  readonly svgFile: string | null;
}

/** The command line is wrong, or asks for help: `message` says what to print, and how to end. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** @throws UsageError */
export function readOptions(args: readonly string[]): SimulateOptions {
  let output = '';
  const command = program({ writeOut: (text) => (output += text), writeErr: (text) => (output += text) });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw new UsageError(output.trim(), error.exitCode === 0 ? 0 : 2);
    throw error;
  }
  const given = command.opts<Given>();
  const { defaultNodes, minNodes = 2 } = SCENARIOS[given.scenario];
  const nodes = given.nodes ?? defaultNodes;
  if (nodes < minNodes) {
    throw new UsageError(`error: --scenario ${given.scenario} needs at least ${minNodes} nodes`, 2);
  }
  const { scenario, seed, loss, dead, json: jsonFile = null, svg: svgFile = null } = given;
  return { scenario, nodes, seed, loss, dead, jsonFile, svgFile };
}

interface Given {
  readonly scenario: ScenarioName;
  readonly nodes?: number;
  readonly seed: number;
  readonly loss: number;
  readonly dead: number;
  readonly json?: string;
  readonly svg?: string;
}

function program(output: { writeOut: (text: string) => void; writeErr: (text: string) => void }): Command {
  const names = Object.keys(SCENARIOS);
  const abouts = Object.entries(SCENARIOS).map(([name, { about, defaultNodes }]) => {
    return `  ${name.padEnd(10)} ${about} (${defaultNodes.toLocaleString('en-GB')} nodes)`;
  });
  return new Command('simulate')
    .description(
      'Runs the decisions of the daemon in a simulated network. The last line is the summary, as JSON.',
    )
    .addOption(new Option('--scenario <name>', 'what happens').choices(names).default('spread'))
    .option('--nodes <count>', 'servers, where not as below', whole(2, MOST_NODES))
    .option('--seed <number>', 'the same seed gives the same figures', whole(0, 2 ** 32 - 1), 1)
    .option('--loss <share>', 'messages lost each way', share, 0)
    .option('--dead <share>', 'servers that are dead, which the others do not know', share, 0)
    .option('--json <file>', 'write options, table and summary')
    .option('--svg <file>', 'write the plot')
    .addHelpText('after', `\nScenarios:\n${abouts.join('\n')}`)
    .configureOutput(output)
    .allowExcessArguments(false)
    .exitOverride();
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most}.`);
  };
}

function share(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (value >= 0 && value < 1) return value;
  throw new InvalidArgumentError('A share from 0 up to, but not, 1: 0.05 is 5 %.');
}
