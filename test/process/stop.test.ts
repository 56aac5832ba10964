import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { daemonVariables, Process, startDaemonProcess, temporaryFolder } from '../support/processes.js';

const CLEAN = { code: 0, signal: null };

const npmStart = (folder: string, port: number): Process =>
  Process.start('npm', ['start'], daemonVariables(folder, { LATTICE_PORT: String(port) }));

/** Npm, then the daemon: a signal to the first alone, or to both as Ctrl-C on a terminal. */
describe.each([
  ['SIGTERM', 'npm alone', (npm: Process) => npm.signal('SIGTERM')],
  ['SIGINT', 'npm alone', (npm: Process) => npm.signal('SIGINT')],
  ['SIGINT', 'all, as Ctrl-C does', (npm: Process) => npm.signalGroup('SIGINT')],
] as const)('%s on `npm start`, sent to %s', (_, __, send) => {
  it('ends the daemon itself with exit code 0, and its port and folder are free at once', async () => {
    const folder = await temporaryFolder();
    const port = await freePort();
    const first = npmStart(folder, port);
    const { serverUuid } = await first.running();
    send(first);
    expect(await first.ended).toEqual(CLEAN);
    expect(first.log.filter(({ msg }) => msg === 'Stopping')).toHaveLength(1);
    expect(first.stderr).not.toContain('npm error');
    const again = startDaemonProcess(folder, { LATTICE_PORT: String(port) });
    expect(await again.running()).toMatchObject({ port, serverUuid });
  });
});

it('Ctrl-C pressed twice ends it once, cleanly', async () => {
  const daemon = startDaemonProcess(await temporaryFolder());
  await daemon.running();
  daemon.signal('SIGINT');
  await daemon.logged('Stopping');
  daemon.signal('SIGINT');
  expect(await daemon.ended).toEqual(CLEAN);
  expect(daemon.log.filter(({ msg }) => msg === 'Stopping')).toHaveLength(1);
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s during the first start ends it once it is whole, and the folder is good',
  async (signal) => {
    const folder = await temporaryFolder();
    const first = startDaemonProcess(folder);
    // Logged in the middle of the start: tables, key and port are still to come.
    await first.logged(
      'The embedded database is open. A crash of the daemon loses nothing, a loss of power may.',
    );
    first.signal(signal);
    expect(await first.ended).toEqual(CLEAN);
    expect(first.stderr).toBe('');
    await startDaemonProcess(folder).running();
  },
);

it('SIGTERM while the program is being loaded leaves nothing that hinders the next start', async () => {
  const folder = await temporaryFolder();
  const first = startDaemonProcess(folder);
  first.signal('SIGTERM');
  // On a busy machine it may be loaded by the time the signal comes.
  expect([{ code: null, signal: 'SIGTERM' }, CLEAN]).toContainEqual(await first.ended);
  await startDaemonProcess(folder).running();
});

it('answers what it is asked no more, and leaves no process behind', async () => {
  const daemon = startDaemonProcess(await temporaryFolder());
  const { url } = await daemon.running();
  expect((await fetch(`${url}/status`)).status).toBe(200);
  await daemon.stop();
  await expect(fetch(`${url}/status`)).rejects.toThrow();
  expect(() => process.kill(-daemon.pid, 0)).toThrow('ESRCH');
});
