import type { Reporter, TestModule } from 'vitest/node';
import { judgeRecord } from './suite-record.js';

/**
 * Ends a run with one plain line that any tool can read: `N passed, N failed, N skipped`. Before it, one more test of
 * the run as a whole: nothing that any daemon of it printed, logged or answered holds a secret of the run.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) count[test.result().state] += 1;
    }
    const verdict = judgeRecord();
    if (verdict !== null && verdict.secrets > 0) {
      count[verdict.leaked === 0 ? 'passed' : 'failed'] += 1;
      if (verdict.leaked > 0) process.exitCode = 1;
      const { leaked, secrets, outputBytes } = verdict;
      console.log(`${leaked} of ${secrets} parts of secrets were found in ${outputBytes} bytes of output`);
    }
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}
