import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.test.ts'],
    exclude: ['dist/**', 'node_modules/**'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/summary-reporter.ts'],
    // A bound on a hung test, not an expectation of speed.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // They wait for processes and timers most of the time: on two cores a third one is busy, and a fourth no faster.
    maxWorkers: 3,
    // A worker goes on to its next file with what it has loaded: framework, database and keys cost every file seconds.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
