import { wrapped } from './terminal-text.js';

const WIDTH = 80;

/** Exit codes as every command has them; `check` and `status` say more. */
const COMMON = {
  0: 'done',
  1: 'refused',
  2: 'wrong command line',
  69: 'no daemon answers',
  77: 'not allowed',
  78: 'wrong configuration',
} as const;

/** What the help of a command ends with. @param exits what a code means here, where that differs */
export function helpNotes(examples: readonly string[], exits: Readonly<Record<number, string>> = {}): string {
  const codes = Object.entries({ ...COMMON, ...exits }).map(([code, meaning]) => `${code} ${meaning}`);
  const lines = examples.map((example) => `  ${example}`);
  return ['', 'Examples:', ...lines, '', ...wrapped(`Exit codes: ${codes.join(', ')}.`, WIDTH)].join('\n');
}
