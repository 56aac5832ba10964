import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Process, temporaryFolder } from '../support/processes.js';

const NAMES = ['amsterdam', 'berlin', 'cairo', 'delhi', 'oslo'];

/** The demo with its data in `folder`, in an environment that is that of a real server. */
function demo(folder: string, ...args: string[]): Process {
  const run = Process.start(process.execPath, ['dist/cli/demo.js', ...args], {
    TMPDIR: folder,
    LATTICE_PORT: '1113',
    LATTICE_DATABASE_URL: 'postgres://lattice:password@203.0.113.1/lattice',
    VAULT_ADDR: 'https://203.0.113.1:8200',
    CREDENTIALS_DIRECTORY: '/run/credentials/lattice-discovery.service',
  });
  // Its daemons lead groups of their own, so it must get the chance to end them.
  onTestFinished(async () => {
    await run.stop();
  });
  return run;
}

/** The process that holds a daemon's database, as its lock names it. */
async function pidOf(name: string, folder: string): Promise<number> {
  const [data = ''] = await readdir(folder);
  const files = await readdir(join(folder, data, name));
  const lock = files.find((file) => file.startsWith('database.lock.'));
  return Number(lock?.slice('database.lock.'.length));
}

it('five daemons run until all know all and find each other, and leave nothing behind', async () => {
  const folder = await temporaryFolder();
  const run = demo(folder, '--once');
  expect(await run.ended).toEqual({ code: 0, signal: null });
  for (const who of NAMES) {
    expect(run.stdout).toMatch(
      new RegExp(`^ *\\d+\\.\\d s {2}${who} runs on http://127\\.0\\.0\\.1:\\d+$`, 'm'),
    );
    expect(run.stdout).toMatch(new RegExp(`^ {2}${who} .* knows 4 of 4 `, 'm'));
    for (const whom of NAMES.filter((name) => name !== who))
      expect(run.stdout).toContain(` s  ${who} knows ${whom}\n`);
  }
  expect(run.stdout).toMatch(
    /^All know all after \d+ s\.\noslo finds berlin at http:\/\/127\.0\.0\.1:\d+\/api\/v1\/federation$/m,
  );
  expect(run.stderr).toBe('');
  expect(await readdir(folder)).toEqual([]);
});

it('Ctrl-C ends it and all its daemons at any time, with exit code 0, and its data are gone', async () => {
  const folder = await temporaryFolder();
  const run = demo(folder);
  const [, url = ''] = await run.printed(/amsterdam runs on (\S+)/);
  expect((await fetch(`${url}/status`)).status).toBe(200);
  const pid = await pidOf('amsterdam', folder);
  run.signalGroup('SIGINT');
  run.signal('SIGINT');
  expect(await run.ended).toEqual({ code: 0, signal: null });
  await expect(fetch(`${url}/status`)).rejects.toThrow();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(await readdir(folder)).toEqual([]);
});

it('a daemon that dies is named with its last words, and ends the demo with exit code 1', async () => {
  const folder = await temporaryFolder();
  const run = demo(folder);
  const [, url = ''] = await run.printed(/amsterdam runs on (\S+)/);
  process.kill(await pidOf('amsterdam', folder), 'SIGKILL');
  expect(await run.ended).toEqual({ code: 1, signal: null });
  expect(run.stdout).toContain('amsterdam has ended (SIGKILL). Its last words:\n');
  expect(run.stdout).toContain('"The daemon is running"');
  await expect(fetch(`${url}/status`)).rejects.toThrow();
  expect(await readdir(folder)).toEqual([]);
});
