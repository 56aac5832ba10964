import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Process, startDaemonProcess, temporaryFolder } from '../support/processes.js';

const TOKEN = 'a token with spaces, hence refused';
const PASSWORD = 'hunter2hunter2';

describe('variables that are wrong', () => {
  it('are told all at once, each with an example, with exit code 78 and before anything is made', async () => {
    const folder = await temporaryFolder();
    const daemon = startDaemonProcess(folder, {
      LATTICE_PORT: 'http',
      LATTICE_APP_URL: 'chat.example.org',
      LATTICE_GOSSIP_INTERVAL: '10',
      LATTICE_BOOTSTRAP_SERVER: 'https://hub.example.org/discovery',
    });
    expect(await daemon.ended).toEqual({ code: 78, signal: null });
    const told = daemon.stderr.split('\n').filter((line) => /^ {2}LATTICE_/.test(line));
    expect(told.map((line) => /LATTICE_\w+/.exec(line)?.[0])).toEqual([
      'LATTICE_PORT',
      'LATTICE_APP_URL',
      'LATTICE_GOSSIP_INTERVAL',
      'LATTICE_BOOTSTRAP_SERVER',
    ]);
    expect(daemon.stderr.match(/^ {4}for example: LATTICE_\w+=./gm)).toHaveLength(told.length);
    expect(daemon.stdout).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });

  it('are told without the values that are secrets', async () => {
    const daemon = startDaemonProcess(await temporaryFolder(), {
      LATTICE_ADMIN_TOKEN: TOKEN,
      LATTICE_DATABASE_URL: `mysql://lattice:${PASSWORD}@127.0.0.1/lattice`,
    });
    expect((await daemon.ended).code).toBe(78);
    expect(daemon.stderr).toContain('LATTICE_ADMIN_TOKEN');
    expect(daemon.stderr).toContain('LATTICE_DATABASE_URL');
    expect(daemon.output).not.toContain(TOKEN);
    expect(daemon.output).not.toContain(PASSWORD);
  });

  it('are told in the same way where they come from the secret store', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'admin_token'), `${TOKEN}\n`, { mode: 0o600 });
    const daemon = startDaemonProcess(folder);
    expect((await daemon.ended).code).toBe(78);
    expect(daemon.stderr).toContain('from the secret store: admin_token');
    expect(daemon.output).not.toContain(TOKEN);
  });
});

it('a running daemon prints none of the secrets it was given', async () => {
  const token = 'correct-horse-battery-staple';
  const daemon = startDaemonProcess(await temporaryFolder(), {
    LATTICE_ADMIN_TOKEN: token,
    LATTICE_LOG_LEVEL: 'debug',
  });
  const { url } = await daemon.running();
  const headers = { 'x-lattice-admin-token': token };
  expect((await fetch(`${url}/api/v1/identity`, { headers })).status).toBe(200);
  const leaking = await fetch(`${url}/${token}?${token}=${token}`, {
    headers: { ...headers, 'user-agent': token },
  });
  expect(leaking.status).toBe(404);
  await daemon.stop();
  expect(daemon.stdout).toContain('"level":"debug"');
  expect(daemon.output).not.toContain(token);
});

describe('the form of the log', () => {
  it('is JSON where there is no terminal, every line of it', async () => {
    const folder = await temporaryFolder();
    const daemon = Process.start(process.execPath, ['dist/main.js'], {
      LATTICE_DATA_DIR: folder,
      LATTICE_PORT: '0',
    });
    await daemon.running();
    await daemon.stop();
    const lines = daemon.stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    expect(daemon.log).toHaveLength(lines.length);
    expect(daemon.log.every(({ time, level, msg }) => Boolean(time && level && msg))).toBe(true);
    expect(daemon.stderr).toBe('');
  });

  it('is for readers where that is asked for, without colours away from a terminal', async () => {
    const daemon = startDaemonProcess(await temporaryFolder(), { LATTICE_LOG_FORMAT: 'pretty' });
    await daemon.printed(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: The daemon is running/m);
    await daemon.stop();
    expect(daemon.stdout).toMatch(/INFO: Stopping\n$/);
    expect(daemon.log).toEqual([]);
    expect(daemon.output).not.toContain('\u001b[');
  });
});
