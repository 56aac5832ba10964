import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generateKeyPair } from '../../src/platform/keys.js';
import { SystemClock } from '../../src/platform/clock.js';
import { Process, startDaemonProcess, temporaryFolder, type Variables } from '../support/processes.js';
import { Stranger } from '../support/stranger.js';
import { freePort } from '../support/free-port.js';

/** Up to twenty processes, one after the other. */
const LONG_MS = 600_000;

interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function lattice(args: readonly string[], variables: Variables = {}): Promise<Output> {
  const command = Process.start('dist/cli/main.js', args, variables);
  const { code } = await command.ended;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

/** Size and time of change of every file below. */
async function traces(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const stats = await Promise.all(names.sort().map((name) => stat(join(folder, name))));
  return names.map((name, index) => `${name} ${stats[index]!.size} ${stats[index]!.mtimeMs}`);
}

interface Checked {
  readonly outcome: string;
  readonly checks: readonly { check: string; outcome: string; summary: string; advice: string | null }[];
}

describe('`lattice check`', () => {
  it(
    'sees a running daemon and a stopped one, with exit code 0, and changes nothing',
    async () => {
      const folder = await temporaryFolder();
      const port = await freePort();
      const token = 'correct-horse-battery-staple';
      const env = {
        LATTICE_PORT: String(port),
        LATTICE_ADMIN_TOKEN: token,
        LATTICE_DISCOVERY_URL: `http://127.0.0.1:${port}`,
      };
      const daemon = startDaemonProcess(folder, env);
      await daemon.running();
      const variables = { ...env, LATTICE_DATA_DIR: folder, LATTICE_ALLOW_ADDRESSES: '127.0.0.1' };
      const running = await lattice(['check', '--json'], variables);
      expect(running).toMatchObject({ code: 0, stderr: '' });
      const { outcome, checks } = JSON.parse(running.stdout) as Checked;
      expect(outcome).toBe('ok');
      expect(Object.fromEntries(checks.map((each) => [each.check, each.outcome]))).toEqual({
        node: 'ok',
        configuration: 'ok',
        secret_store: 'ok',
        private_key: 'ok',
        port: 'ok',
        database: 'ok',
        migrations: 'ok',
        disk: 'ok',
        clock: 'skipped',
        public_url: 'ok',
        administration: 'ok',
        bootstrap_servers: 'skipped',
      });
      for (const each of checks) expect(Object.keys(each)).toEqual(['check', 'outcome', 'summary', 'advice']);

      await daemon.stop();
      const before = await traces(folder);
      const { LATTICE_DISCOVERY_URL: _, ...inside } = variables;
      const stopped = await lattice(['check'], inside);
      expect(stopped).toMatchObject({ code: 0, stderr: '' });
      const unwrapped = stopped.stdout.replace(/\s+/g, ' ');
      expect(unwrapped).toContain('the daemon is stopped, or not ready yet');
      expect(unwrapped).toContain('The tables are up to date');
      expect(stopped.stdout.split('\n').every((line) => line.length <= 80)).toBe(true);
      expect(await traces(folder)).toEqual(before);

      await chmod(join(folder, 'private_key.pem'), 0o640);
      const readable = await lattice(['check'], inside);
      expect(readable.code).toBe(1);
      expect(readable.stdout).toMatch(/^FAILED +private key/m);
      await chmod(join(folder, 'private_key.pem'), 0o600);
      await writeFile(join(folder, 'private_key.pem'), (await generateKeyPair()).privateKeyPem);
      const other = await lattice(['check'], inside);
      expect(other.code).toBe(1);
      expect(other.stdout).toMatch(/^FAILED +private key/m);
      expect(running.stdout + readable.stdout + other.stdout).not.toContain(token);
    },
    LONG_MS,
  );

  it(
    'ends with 1 where something failed: strangers pass for the operator of this daemon',
    async () => {
      const folder = await temporaryFolder();
      const port = await freePort();
      await startDaemonProcess(folder, { LATTICE_PORT: String(port) }).running();
      const { code, stdout } = await lattice(['check'], {
        LATTICE_DATA_DIR: folder,
        LATTICE_PORT: String(port),
        LATTICE_ALLOW_ADDRESSES: '127.0.0.1',
        LATTICE_DISCOVERY_URL: `http://127.0.0.1:${port}`,
      });
      expect(code).toBe(1);
      expect(stdout).toMatch(/^ok +public url/m);
      expect(stdout).toMatch(/^FAILED +administration/m);
    },
    LONG_MS,
  );
});

describe('the commands that ask the running daemon', () => {
  it(
    'show it, whom it knows, and have it work; found by --env-file alone',
    async () => {
      const folder = await temporaryFolder();
      const peer = new Stranger('peer.example', await generateKeyPair(), new SystemClock());
      await peer.listen();
      onTestFinished(() => peer.stop());
      const daemon = startDaemonProcess(folder, {
        LATTICE_SERVER_ID: 'hub.example',
        LATTICE_BOOTSTRAP_SERVERS: peer.url,
      });
      const { port, serverUuid } = await daemon.running();
      await daemon.logged('Joined through a bootstrap server');
      const file = join(folder, 'lattice.env');
      await writeFile(file, `# of the unit\nLATTICE_DATA_DIR="${folder}"\nLATTICE_PORT=${port}\n`);
      // The file comes first.
      const run = (...args: string[]): Promise<Output> =>
        lattice([...args, '--env-file', file], { LATTICE_PORT: '1' });

      const shown = await run('status');
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(shown.stdout).toContain('hub.example is healthy.');
      const status = JSON.parse((await run('status', '--json')).stdout) as Record<string, object>;
      expect(status).toMatchObject({
        health: { status: 'healthy' },
        identity: { server_uuid: serverUuid },
        status: { alive: true },
      });

      expect((await run('peers')).stdout).toMatch(/^NAME .*\npeer\.example +anchor +unknown .*127\.0\.0\.1/);
      expect(JSON.parse((await run('peers', '--json')).stdout)).toMatchObject([
        { server_id: 'peer.example' },
      ]);
      const details = await run('peer', 'Peer.Example');
      expect(details).toMatchObject({ code: 0, stderr: '' });
      expect(details.stdout).toContain(peer.fingerprint);
      const unknown = await run('peer', 'nobody.example');
      expect(unknown).toMatchObject({ code: 1, stdout: '' });
      expect(unknown.stderr).toContain('unknown_peer');

      expect(await run('block', 'peer.example')).toMatchObject({ code: 0, stderr: '' });
      expect((await run('peers')).stdout).not.toContain('peer.example');
      expect((await run('peers', '--all')).stdout).toContain('blocked');
      expect(await run('unblock', 'peer.example')).toMatchObject({ code: 0, stderr: '' });

      expect(await run('announce', '--force')).toMatchObject({
        code: 0,
        stdout: 'A gossip round was started.\n',
      });
      expect(await run('maintenance', 'update-neighbors')).toMatchObject({ code: 0, stderr: '' });
      const cleanup = await run('maintenance', 'cleanup', '--json');
      expect(JSON.parse(cleanup.stdout)).toMatchObject({ status: 'completed' });
      const dance = await run('maintenance', 'dance');
      expect(dance).toMatchObject({ code: 2, stdout: '' });
      expect(dance.stderr).toContain('update-neighbors, cleanup');

      await daemon.stop();
      const nobody = await run('status');
      expect(nobody).toMatchObject({ code: 69, stdout: '' });
      expect(nobody.stderr).toContain(`No daemon listens on http://127.0.0.1:${port}`);
    },
    LONG_MS,
  );
});

describe('--env-file', () => {
  it.each([
    ['that is not there', null, 'does not exist'],
    ['with a line that is no assignment', 'LATTICE_PORT\n', 'line 1'],
    ['with a wrong setting', 'LATTICE_PORT=x\n', 'LATTICE_PORT'],
  ])('a file %s ends any command with 78, and says so', async (_, content, says) => {
    const file = join(await temporaryFolder(), 'lattice.env');
    if (content !== null) await writeFile(file, content, { mode: 0o640 });
    const { code, stderr } = await lattice(['--env-file', file, 'status']);
    expect(code).toBe(78);
    expect(stderr).toContain(says);
  });
});
