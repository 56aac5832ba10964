import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../protocol/durations.js';
import { problemsOf, PROBLEM_REASONS, type HealthFacts, type ProblemReason } from './health-policy.js';

const NOW = 100 * MINUTE_MS;

const well: HealthFacts = {
  nowMs: NOW,
  startedAt: 0,
  gossipIntervalMs: 10 * MINUTE_MS,
  isDatabaseReachable: true,
  isSecretStoreUsable: true,
  isRevoked: false,
  isAdministrationOff: false,
  lastRoundAt: NOW - MINUTE_MS,
  neighbors: 3,
  hasBootstrapServers: true,
  roundsInVain: 0,
  isClockDoubted: false,
  tasks: [{ task: 'cleanup', failures: 0 }],
};

describe('the problems of a server', () => {
  it.each<[string, Partial<HealthFacts>, ProblemReason[]]>([
    ['are none where all is well', {}, []],
    ['name the database', { isDatabaseReachable: false, neighbors: null }, ['database']],
    ['name the secret store', { isSecretStoreUsable: false }, ['secret_store']],
    ['name a revoked identity', { isRevoked: true }, ['revoked']],
    ['name administration that is off', { isAdministrationOff: true }, ['administration_off']],
    ['name a clock that neighbours doubt', { isClockDoubted: true }, ['clock']],
    ['leave out two missed rounds', { lastRoundAt: NOW - 30 * MINUTE_MS }, []],
    ['name three missed rounds', { lastRoundAt: NOW - 30 * MINUTE_MS - 1 }, ['rounds']],
    ['name rounds that never began', { lastRoundAt: null }, ['rounds']],
    ['leave a young server its time', { lastRoundAt: null, neighbors: 0, startedAt: NOW - MINUTE_MS }, []],
    ['name it where nobody was met', { neighbors: 0 }, ['neighbors']],
    ['leave the first of a federation alone', { neighbors: 0, hasBootstrapServers: false }, []],
    ['leave out two rounds in vain', { roundsInVain: 2 }, []],
    ['name three rounds in vain', { roundsInVain: 3 }, ['unheard']],
    ['leave out two failures', { tasks: [{ task: 'cleanup', failures: 2 }] }, []],
    [
      'name a task that failed three times in a row',
      { tasks: [{ task: 'cleanup', failures: 3 }] },
      ['tasks'],
    ],
  ])('%s', (_title, changes, reasons) => {
    expect(problemsOf({ ...well, ...changes }).map(({ reason }) => reason)).toEqual(reasons);
  });

  it('name all that is wrong at once, and which tasks', () => {
    const problems = problemsOf({
      nowMs: NOW,
      startedAt: 0,
      gossipIntervalMs: MINUTE_MS,
      isDatabaseReachable: false,
      isSecretStoreUsable: false,
      isRevoked: true,
      isAdministrationOff: true,
      lastRoundAt: null,
      neighbors: 0,
      hasBootstrapServers: true,
      roundsInVain: 3,
      isClockDoubted: true,
      tasks: [
        { task: 'cleanup', failures: 5 },
        { task: 'join', failures: 0 },
        { task: 'gossip-round', failures: 3 },
      ],
    });
    expect(problems.map(({ reason }) => reason).sort()).toEqual([...PROBLEM_REASONS].sort());
    expect(problems.map(({ detail }) => detail)).toContain('tasks keep failing: cleanup, gossip-round');
  });
});
