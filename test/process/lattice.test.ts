import { chmod } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Process, startDaemonProcess, temporaryFolder } from '../support/processes.js';

const TOKEN = 'correct-horse-battery-staple';

/** The command as the shell runs it, so that its first line and its mode are shown to be right. */
const lattice = (folder: string, port: number, args: readonly string[], token = TOKEN): Process =>
  Process.start('dist/cli/main.js', args, {
    LATTICE_DATA_DIR: folder,
    LATTICE_PORT: String(port),
    LATTICE_ADMIN_TOKEN: token,
  });

async function daemonIn(
  folder: string,
): Promise<{ daemon: Process; port: number; identity: () => Promise<unknown> }> {
  const daemon = startDaemonProcess(folder, { LATTICE_ADMIN_TOKEN: TOKEN });
  const { port, url } = await daemon.running();
  const headers = { authorization: `Bearer ${TOKEN}` };
  const identity = async (): Promise<unknown> => (await fetch(`${url}/api/v1/identity`, { headers })).json();
  return { daemon, port, identity };
}

describe('`lattice rotate-key`', () => {
  it('gives the running daemon a new key, which survives a restart', async () => {
    const folder = await temporaryFolder();
    const { daemon, port, identity } = await daemonIn(folder);
    const before = (await identity()) as { server_uuid: string; fingerprint: string };
    const command = lattice(folder, port, ['rotate-key', '--reason', 'upgrade', '--json']);
    expect(await command.ended).toEqual({ code: 0, signal: null });
    const answer = JSON.parse(command.stdout) as typeof before;
    expect(answer.server_uuid).toBe(before.server_uuid);
    expect(answer.fingerprint).not.toBe(before.fingerprint);
    expect(await identity()).toEqual(answer);
    await daemon.stop();
    expect(await (await daemonIn(folder)).identity()).toEqual(answer);
  });

  it('says in words what it did', async () => {
    const folder = await temporaryFolder();
    const { port, identity } = await daemonIn(folder);
    const command = lattice(folder, port, ['rotate-key']);
    expect((await command.ended).code).toBe(0);
    const { fingerprint } = (await identity()) as { fingerprint: string };
    expect(command.stdout).toContain(`Its fingerprint is now ${fingerprint}.`);
    expect(command.stderr).toBe('');
  });
});

describe('`lattice revoke`', () => {
  it('does nothing without --yes-permanently, and ends the identity for good with it', async () => {
    const folder = await temporaryFolder();
    const { daemon, port, identity } = await daemonIn(folder);
    const before = await identity();

    const unsure = lattice(folder, port, ['revoke', '--reason', 'stolen']);
    expect((await unsure.ended).code).toBe(2);
    expect(unsure.stderr).toContain('cannot be undone');
    expect(unsure.stderr).toContain('--yes-permanently');
    expect(await identity()).toEqual(before);

    const sure = lattice(folder, port, ['revoke', '--reason', 'stolen', '--yes-permanently']);
    expect((await sure.ended).code).toBe(0);
    expect(sure.stdout).toContain('is revoked for good');
    expect(await identity()).toHaveProperty('revoked_at');

    const late = lattice(folder, port, ['rotate-key']);
    expect((await late.ended).code).toBe(1);
    expect(late.stderr).toContain('own_identity_revoked');

    await daemon.stop();
    const again = await daemonIn(folder);
    expect(await again.identity()).toHaveProperty('revoked_at');
    const { next } = await again.daemon.logged('The daemon is running');
    expect(next).toEqual(expect.arrayContaining([expect.stringContaining('revoked for good')]));
  });

  it('wants a reason', async () => {
    const command = lattice(await temporaryFolder(), 1113, ['revoke', '--yes-permanently']);
    expect((await command.ended).code).toBe(2);
    expect(command.stderr).toContain('--reason');
  });
});

it('`lattice` ends without a word where its reader has seen enough', async () => {
  // Whoever reads is gone before Node has started.
  const shell = Process.start('bash', ['-c', 'dist/cli/main.js help | true; exit "${PIPESTATUS[0]}"']);
  expect(await shell.ended).toMatchObject({ code: 0 });
  expect(shell.stderr).toBe('');
});

describe('what keeps `lattice` from its work is told apart by exit code', () => {
  it('a wrong admin token: 77', async () => {
    const folder = await temporaryFolder();
    const { port, identity } = await daemonIn(folder);
    const before = await identity();
    const command = lattice(folder, port, ['rotate-key'], 'another-token-altogether');
    expect((await command.ended).code).toBe(77);
    expect(command.stderr).toContain('not_allowed');
    expect(command.output).not.toContain('another-token-altogether');
    expect(await identity()).toEqual(before);
  });

  it('a secret store that others may read: 77', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    const command = lattice(folder, 1113, ['rotate-key']);
    expect((await command.ended).code).toBe(77);
    expect(command.stderr).toContain(`chmod 700 ${folder}`);
  });

  it('no daemon: 69', async () => {
    const folder = await temporaryFolder();
    const { daemon, port } = await daemonIn(folder);
    await daemon.stop();
    const command = lattice(folder, port, ['rotate-key']);
    expect((await command.ended).code).toBe(69);
    expect(command.stderr).toContain(`No daemon listens on http://127.0.0.1:${port}`);
  });

  it.each([
    ['a wrong configuration', 1113, 'a token with spaces', 'LATTICE_ADMIN_TOKEN'],
    ['a port that only the daemon knows', 0, TOKEN, 'LATTICE_PORT'],
  ])('%s: 78', async (_, port, token, variable) => {
    const command = lattice(await temporaryFolder(), port, ['rotate-key'], token);
    expect((await command.ended).code).toBe(78);
    expect(command.stderr).toContain(variable);
    expect(command.output).not.toContain(token);
  });

  it.each([[['rotate']], [['rotate-key', '--reason', 'boredom']], [['rotate-key', '--force']], [[]]])(
    'a command line it does not know, %j: 2',
    async (args) => {
      const command = lattice(await temporaryFolder(), 1113, args);
      expect((await command.ended).code).toBe(2);
      expect(command.stderr).not.toBe('');
    },
  );
});

it('`npx lattice` shows the commands and their exit codes, without a network', async () => {
  const folder = await temporaryFolder();
  // A cache of its own, as on a machine where npx never ran; and a registry that is nowhere.
  const command = Process.start('npx', ['lattice', '--help'], {
    npm_config_cache: folder,
    npm_config_registry: 'http://127.0.0.1:1',
  });
  expect((await command.ended).code).toBe(0);
  expect(command.stdout).toContain('rotate-key');
  expect(command.stdout).toContain('revoke');
  expect(command.stdout).toContain('Exit codes: 0 done');
});
