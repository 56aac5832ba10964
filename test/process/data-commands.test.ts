import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Process, startDaemonProcess, temporaryFolder, type Variables } from '../support/processes.js';
import { PythonServer, writeSqlite } from '../transfer/python-daemon.js';

/** Eight processes, one after the other. */
const LONG_MS = 300_000;

const lattice = (dataDir: string, args: readonly string[], variables: Variables = {}): Process =>
  Process.start('dist/cli/main.js', args, { LATTICE_DATA_DIR: dataDir, ...variables });

async function outputOf(process: Process, code = 0): Promise<string> {
  expect({ ...(await process.ended), stderr: code === 0 ? process.stderr : '' }).toEqual({
    code,
    signal: null,
    stderr: '',
  });
  return code === 0 ? process.stdout : process.stderr;
}

describe('a server of the Python daemon', () => {
  it(
    'is moved in, runs as itself, is saved, and comes back from the backup elsewhere',
    async () => {
      const folder = await temporaryFolder();
      const [old, elsewhere] = [join(folder, 'data'), join(folder, 'elsewhere')];
      const server = await PythonServer.make('chat.example.org');
      const [file, key, saved] = [join(folder, 'lattice.db'), join(folder, 'key.pem'), join(folder, 'saved')];
      writeSqlite(file, {
        lattice_identity: [server.own()],
        lattice_peers: [await (await PythonServer.make('a.example')).row()],
      });
      await writeFile(key, server.keys.privateKeyPem);

      const moved = await outputOf(lattice(old, ['import', '--from', file, '--key', key]));
      expect(moved).toContain('Peers: 1 taken');
      expect(moved).toContain('taken: a.example');
      const again = await outputOf(lattice(old, ['import', '--from', file, '--key', key, '--json']));
      expect(JSON.parse(again)).toMatchObject({
        identity: { outcome: 'already_there' },
        peers: { already_there: 1 },
      });

      const daemon = startDaemonProcess(old);
      expect(await daemon.running()).toMatchObject({
        serverUuid: server.serverUuid,
        fingerprint: server.signer.fingerprint,
      });
      for (const args of [['backup', saved], ['migrate'], ['restore', saved, '--force']]) {
        if (args[0] === 'restore') await writeFile(saved, '');
        const refusal = await outputOf(lattice(old, args), 1);
        expect(refusal).toContain(args[0] === 'restore' ? 'damaged' : `in use by process ${daemon.pid}`);
      }
      await daemon.stop();

      const private_ = join(folder, 'private');
      await outputOf(lattice(old, ['backup', private_, '--with-key']));
      expect(gunzipSync(await readFile(private_)).toString()).toContain('PRIVATE KEY');
      expect(await outputOf(lattice(elsewhere, ['restore', private_]))).toContain('start the daemon');
      expect(await startDaemonProcess(elsewhere).running()).toMatchObject({ serverUuid: server.serverUuid });
    },
    LONG_MS,
  );

  it('shows nothing of a key, whatever is wrong with it', async () => {
    const folder = await temporaryFolder();
    const server = await PythonServer.make('chat.example.org');
    const [file, key] = [join(folder, 'lattice.db'), join(folder, 'key.pem')];
    writeSqlite(file, { lattice_identity: [server.own()] });
    await writeFile(key, server.keys.privateKeyPem.replace('-----END', '-----FIN'));
    const refusal = await outputOf(
      lattice(join(folder, 'data'), ['import', '--from', file, '--key', key]),
      1,
    );
    expect(refusal).toContain('not an RSA private key');
    expect(refusal).not.toContain(server.keys.privateKeyPem.split('\n')[3]);
  });
});

describe('with LATTICE_MIGRATIONS=manual', () => {
  it('a start waits for `lattice migrate`, and says so', async () => {
    const folder = await temporaryFolder();
    const manual = { LATTICE_MIGRATIONS: 'manual' };
    const refused = startDaemonProcess(folder, manual);
    expect((await refused.ended).code).toBe(1);
    expect(refused.stderr).toContain('npx lattice migrate');
    expect(await outputOf(lattice(folder, ['migrate', '--dry-run']))).toContain('Pending: CreateDirectory');
    expect(await outputOf(lattice(folder, ['migrate', '--dry-run', '--undo']), 2)).toContain(
      'cannot be used with',
    );
    await outputOf(lattice(folder, ['migrate', '--json'], manual));
    expect(await startDaemonProcess(folder, manual).running()).toHaveProperty('serverId');
  });
});
