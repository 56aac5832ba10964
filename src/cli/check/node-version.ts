import { failed, ok, type Verdict } from './finding.js';

/** @param running such as `20.19.1` @param range as in package.json: `>=20.19` */
export function judgeNode(running: string, range: string): Verdict {
  const needed = range.replace(/^>=/, '');
  if (isAtLeast(numbersOf(running), numbersOf(needed)))
    return ok(`Node ${running}; ${needed} or newer is needed.`);
  return failed(
    `Node ${running} is too old: ${needed} or newer is needed.`,
    'Install a newer Node, and run npm ci again.',
  );
}

function isAtLeast(running: readonly number[], needed: readonly number[]): boolean {
  for (const [index, number] of needed.entries()) {
    const difference = (running[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}
