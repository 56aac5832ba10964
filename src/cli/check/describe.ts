import { terminalLine, wrapped } from '../terminal-text.js';
import type { Finding, Outcome } from './finding.js';

const MARKS: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  failed: 'FAILED',
  skipped: 'skipped',
};
const MARK_WIDTH = 9;
const NAME_WIDTH = 19;

/** For the eyes of an operator: a line for each finding, or more where it needs them. */
export function describeFindings(findings: readonly Finding[], width: number): string[] {
  return [...findings.flatMap((each) => describe(each, width)), '', summary(findings)];
}

function describe({ check, outcome, summary, advice }: Finding, width: number): string[] {
  const indent = MARK_WIDTH + NAME_WIDTH;
  const room = Math.max(width - indent, 20);
  const text = [
    ...wrapped(terminalLine(summary), room),
    ...(advice === null ? [] : wrapped(`> ${terminalLine(advice)}`, room, '  ')),
  ];
  const head = MARKS[outcome].padEnd(MARK_WIDTH) + check.replaceAll('_', ' ').padEnd(NAME_WIDTH);
  return text.map((line, index) => (index === 0 ? head : ' '.repeat(indent)) + line);
}

function summary(findings: readonly Finding[]): string {
  const count = (outcome: Outcome): number => findings.filter((each) => each.outcome === outcome).length;
  const counts = (['ok', 'warning', 'failed', 'skipped'] as const).map((each) => `${count(each)} ${each}`);
  return `${counts.join(', ')}.`;
}
