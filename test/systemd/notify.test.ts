import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { startDaemonProcess, temporaryFolder } from '../support/processes.js';
import { NO_NOTIFY, NotifySocket } from './notify-socket.js';

const skipped = NO_NOTIFY === null ? '' : ` (skipped: ${NO_NOTIFY})`;

describe.skipIf(NO_NOTIFY !== null)(`a daemon that a service manager listens to${skipped}`, () => {
  it('says when it listens, how it is doing, that it lives, and when it stops, in this order', async () => {
    const socket = await NotifySocket.open();
    const daemon = startDaemonProcess(await temporaryFolder(), {
      NOTIFY_SOCKET: socket.path,
      // Halved, it is the time between two signs of life.
      WATCHDOG_USEC: '400000',
    });
    await socket.hears(({ READY }) => READY === '1');
    // Ready means that it answers.
    const { url } = await daemon.running();
    expect((await fetch(`${url}/status`)).status).toBe(200);
    await socket.hears(({ STATUS }) => STATUS === '0 neighbours, 0 peers; no gossip yet');
    const signs = (): number => socket.notices.filter(({ WATCHDOG }) => WATCHDOG === '1').length;
    await socket.hears(() => signs() >= 3);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    await socket.hears(({ STOPPING }) => STOPPING === '1');
    const at = (name: string): number => socket.notices.findIndex((notice) => name in notice);
    expect(socket.notices.at(0)).toEqual({ STATUS: 'starting', EXTEND_TIMEOUT_USEC: '300000000' });
    expect(socket.notices).toContainEqual({
      STOPPING: '1',
      STATUS: 'stopping',
      EXTEND_TIMEOUT_USEC: '10000000',
    });
    expect(at('READY')).toBeLessThan(at('WATCHDOG'));
    expect(at('WATCHDOG')).toBeLessThan(at('STOPPING'));
    expect(daemon.stderr).toBe('');
  });

  it('says while it waits for the database what it waits for and asks for time, and is not ready', async () => {
    const socket = await NotifySocket.open();
    const daemon = startDaemonProcess(await temporaryFolder(), {
      NOTIFY_SOCKET: socket.path,
      LATTICE_DATABASE_URL: `postgres://lattice:${PASSWORD}@127.0.0.1:${await freePort()}/lattice`,
    });
    const notice = await socket.hears(
      ({ STATUS }) => STATUS?.startsWith('waiting for the database: ') ?? false,
    );
    expect(notice['STATUS']).toContain('ECONNREFUSED');
    expect(notice['EXTEND_TIMEOUT_USEC']).toBe('300000000');
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    await socket.hears(({ STOPPING }) => STOPPING === '1');
    expect(socket.notices.filter(({ READY }) => READY === '1')).toEqual([]);
    expect(JSON.stringify(socket.notices)).not.toContain(PASSWORD);
  });

  it('lets a watchdog that is meant for another process alone', async () => {
    const socket = await NotifySocket.open();
    const daemon = startDaemonProcess(await temporaryFolder(), {
      NOTIFY_SOCKET: socket.path,
      WATCHDOG_USEC: '400000',
      WATCHDOG_PID: '1',
    });
    await socket.hears(({ STATUS }) => STATUS?.includes('neighbours') ?? false);
    await daemon.stop();
    await socket.hears(({ STOPPING }) => STOPPING === '1');
    expect(socket.notices.filter(({ WATCHDOG }) => WATCHDOG === '1')).toEqual([]);
  });
});

describe('a daemon whose systemd-notify', () => {
  it.each([
    ['is not there', null, 'cannot be run (ENOENT)'],
    ['fails', '#!/bin/sh\nexit 3\n', 'ended with 3'],
  ])('%s says so once, runs, answers and ends as ever', async (_, program, problem) => {
    const folder = await temporaryFolder();
    const bin = join(folder, 'bin');
    await mkdir(bin);
    if (program !== null) {
      await writeFile(join(bin, 'systemd-notify'), program);
      await chmod(join(bin, 'systemd-notify'), 0o755);
    }
    const daemon = startDaemonProcess(join(folder, 'data'), {
      PATH: bin,
      NOTIFY_SOCKET: join(folder, 'nobody'),
      WATCHDOG_USEC: '100000',
    });
    const { url } = await daemon.running();
    expect((await fetch(`${url}/status`)).status).toBe(200);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect(daemon.stderr).toBe(
      `systemd cannot be told how this daemon is doing: systemd-notify ${problem}.\n`,
    );
  });

  it('sees none of the secrets of the daemon, and no setting', async () => {
    const folder = await temporaryFolder();
    const bin = join(folder, 'bin');
    await mkdir(bin);
    const seen = join(folder, 'seen');
    // Whole at once: the last one may still run when it is read.
    await writeFile(
      join(bin, 'systemd-notify'),
      `#!/bin/sh\nexport -p >${seen}.$$ && mv ${seen}.$$ ${seen}\n`,
    );
    await chmod(join(bin, 'systemd-notify'), 0o755);
    const daemon = startDaemonProcess(join(folder, 'data'), {
      PATH: `${bin}:/usr/bin:/bin`,
      NOTIFY_SOCKET: join(folder, 'nobody'),
      LATTICE_ADMIN_TOKEN: PASSWORD,
    });
    await daemon.running();
    await daemon.stop();
    const names = [...(await readFile(seen, 'utf8')).matchAll(/^export (\w+)/gm)].map(([, name]) => name);
    expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name!)).sort()).toEqual([
      'NOTIFY_SOCKET',
      'PATH',
    ]);
  });
});

const PASSWORD = 'a-password-that-nobody-may-see';
