import { describe, expect, it } from 'vitest';
import { DatabaseUnusable } from '../database/failures.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import { ManualClock } from '../platform/manual-clock.js';
import { SeededRandom } from '../platform/random.js';
import { FederationError } from '../protocol/errors.js';
import { VaultUnavailable, type VaultFault } from '../secrets/vault/vault-fault.js';
import { Interrupted, waitFor, waitMs, type Waiting } from './wait-for.js';

const place = { address: 'https://vault.example', namespace: null, caCertPath: null, mount: 'kv', path: 'x' };
const vault = (fault: VaultFault): VaultUnavailable => new VaultUnavailable(fault, place);
const databaseAway = new FederationError('database_unavailable', 'The database cannot be reached.', {
  cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }),
});

function waiting(): Waiting & {
  logger: MemoryLogger;
  clock: ManualClock;
  end: AbortController;
  told: string[];
} {
  const end = new AbortController();
  const told: string[] = [];
  return {
    clock: new ManualClock(),
    random: new SeededRandom(1),
    logger: new MemoryLogger(),
    signal: end.signal,
    tell: (status) => void told.push(status),
    end,
    told,
  };
}

/** Fails with each in turn, then works. */
function attempts(...failures: Error[]): () => Promise<string> {
  return () => {
    const failure = failures.shift();
    return failure === undefined ? Promise.resolve('there') : Promise.reject(failure);
  };
}

describe('waiting at the start', () => {
  it('takes what is there without a word', async () => {
    const given = waiting();
    expect(await waitFor('the database', attempts(), given)).toBe('there');
    expect(given.logger.entries).toEqual([]);
  });

  it('tries again until it works, and says each time why and when', async () => {
    const given = waiting();
    const result = waitFor(
      'it',
      attempts(vault({ kind: 'sealed' }), databaseAway, vault({ kind: 'slow' })),
      given,
    );
    await given.clock.advance(10_000);
    expect(await result).toBe('there');
    expect(given.logger.entries).toMatchObject([
      {
        level: 'warn',
        message: 'Waiting for it',
        fields: { reason: expect.stringContaining('sealed') as string, retryInSeconds: 1 },
      },
      {
        message: 'Waiting for it',
        fields: { reason: expect.stringContaining('ECONNREFUSED') as string, retryInSeconds: 2 },
      },
      {
        message: 'Waiting for it',
        fields: { reason: expect.stringContaining('10 s') as string, retryInSeconds: 4 },
      },
    ]);
    expect(given.told).toEqual([
      expect.stringMatching(/^waiting for it: .*sealed/),
      expect.stringMatching(/^waiting for it: .*ECONNREFUSED/),
      expect.stringMatching(/^waiting for it: .*10 s/),
    ]);
  });

  it.each([
    ['a refused login', vault({ kind: 'login_refused' })],
    ['a certificate that is not trusted', vault({ kind: 'unknown_ca' })],
    ['a wrong password of the database', new DatabaseUnusable('PostgreSQL refuses')],
    ['files that others can read', new FederationError('secret_store_unavailable', 'chmod 600')],
    ['a fault of ours', new TypeError('oops')],
  ])('%s ends it at once', async (_, error) => {
    const given = waiting();
    await expect(waitFor('it', attempts(error), given)).rejects.toBe(error);
    expect(given.logger.entries).toEqual([]);
  });

  it('ends when the operator says so: while it waits, while it tries, and before it began', async () => {
    const [between, during, before] = [waiting(), waiting(), waiting()];
    const results = [
      waitFor('it', attempts(databaseAway), between),
      waitFor('it', () => new Promise(() => undefined), during),
    ];
    await between.clock.advance(0);
    for (const { end } of [between, during, before]) end.abort();
    results.push(waitFor('it', () => new Promise(() => undefined), before));
    for (const result of results) await expect(result).rejects.toThrow(Interrupted);
  });

  it.each([
    [1, 0.5, 1_000],
    [3, 0.5, 4_000],
    [20, 0.5, 30_000],
    [20, 0, 27_000],
    [20, 1, 33_000],
  ])('after %i failures and a draw of %f it waits %i ms', (failures, draw, ms) => {
    expect(waitMs(failures, draw)).toBeCloseTo(ms);
  });
});
