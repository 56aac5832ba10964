import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExposition, valueOf, type Series } from '../support/exposition.js';
import { Federation } from '../support/federation.js';
import { databasesOf } from '../support/own-postgres.js';
import { NO_POSTGRES, type PostgresServer, startPostgres } from '../support/postgres.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

const server: PostgresServer | null = await startPostgres();
const title = `a daemon whose database is lost${server === null ? ` (skipped: ${NO_POSTGRES})` : ''}`;

describe.skipIf(server === null)(title, () => {
  let federation: Federation;
  let daemon: TestDaemon;

  beforeAll(async () => {
    federation = new Federation(databasesOf(server!));
    daemon = await federation.start('hub.example');
    const peer = await federation.stranger('peer.example');
    await peer.join(daemon);
  });
  afterAll(async () => {
    await federation.end();
    await server?.remove();
  });

  async function scrape(): Promise<Series[]> {
    const { status, text } = await daemon.get('/metrics');
    expect(status).toBe(200);
    return readExposition(text);
  }

  it('lives on, says that it is not ready and why, answers a scrape, and is ready when it is back', async () => {
    expect((await daemon.get('/health/ready')).body).toEqual({ status: 'ready', reasons: [] });
    // What the count at the start may be old by.
    federation.clock.advance(10_000);
    const before = await scrape();
    expect(valueOf(before, 'database_up')).toBe(1);
    expect(valueOf(before, 'database_connections')).toBeGreaterThan(0);
    expect(valueOf(before, 'peers')).toBe(1);
    expect(valueOf(before, 'database_errors_total', { reason: 'unavailable' })).toBe(0);

    await server!.stop('crash');
    federation.clock.advance(10_000);
    const notReady = await daemon.get('/health/ready');
    expect(outcome(notReady)).toBe('503 not_ready');
    expect(notReady.body).toMatchObject({
      status: 'not_ready',
      reasons: ['the database cannot be reached'],
      detail: 'the database cannot be reached',
    });
    expect(notReady.headers.get('retry-after')).toBe('5');
    expect((await daemon.get('/health/live')).body).toEqual({ status: 'alive' });
    const lost = await scrape();
    expect(valueOf(lost, 'database_up')).toBe(0);
    expect(valueOf(lost, 'degraded', { reason: 'database' })).toBe(1);
    expect(valueOf(lost, 'database_errors_total', { reason: 'unavailable' })).toBeGreaterThan(0);
    for (const unknown of ['peers', 'neighbors', 'saturation_ratio'])
      expect([unknown, valueOf(lost, unknown)]).toEqual([unknown, null]);
    expect(valueOf(lost, 'process_resident_memory_bytes')).toBeGreaterThan(0);

    await server!.start();
    while ((await daemon.get('/health/ready')).status !== 200);
    federation.clock.advance(10_000);
    const back = await scrape();
    expect(valueOf(back, 'database_up')).toBe(1);
    expect(valueOf(back, 'degraded')).toBe(0);
    expect(valueOf(back, 'peers')).toBe(1);
  });

  it('names a task that fails three times in a row, until it ends well', async () => {
    await server!.stop();
    for (let run = 1; run <= 3; run += 1)
      await expect(daemon.task('cleanup')).rejects.toMatchObject({ code: 'database_unavailable' });
    const lost = await scrape();
    expect(valueOf(lost, 'task_runs_total', { task: 'cleanup', outcome: 'failed' })).toBe(3);
    expect(valueOf(lost, 'task_failing', { task: 'cleanup' })).toBe(1);
    await server!.start();
    while ((await daemon.get('/health/ready')).status !== 200);
    expect((await daemon.get('/health')).body).toMatchObject({
      status: 'degraded',
      problems: ['tasks keep failing: cleanup'],
    });
    await daemon.task('cleanup');
    expect((await daemon.get('/health')).body).toMatchObject({ status: 'healthy', problems: [] });
  });
});
