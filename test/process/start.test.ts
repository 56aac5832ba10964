import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDaemonProcess, temporaryFolder } from '../support/processes.js';

describe('the first start on an empty folder', () => {
  it('says who it is, where its data is, and what to do next', async () => {
    const folder = join(await temporaryFolder(), 'data');
    const daemon = startDaemonProcess(folder);
    const { url, serverId, serverUuid, fingerprint } = await daemon.running();
    const line = await daemon.logged('The daemon is running');
    expect(line['dataDir']).toBe(folder);
    expect(line['endpoints']).toEqual({ discovery: url, federation: `${url}/api/v1/federation` });
    expect(line['next']).toEqual([
      expect.stringContaining('LATTICE_APP_URL'),
      expect.stringContaining('LATTICE_BOOTSTRAP_SERVERS'),
      expect.stringContaining(`curl ${url}/api/v1/peers`),
    ]);
    expect(serverId).toBe(`lattice-${fingerprint.slice(0, 8).toLowerCase()}`);
    expect(await get(`${url}/api/v1/identity`)).toMatchObject({
      server_id: serverId,
      server_uuid: serverUuid,
      fingerprint,
    });
    expect(await get(`${url}/api/v1/peers`)).toEqual([]);
  });

  it('says the same in words to a reader, and mentions only what is still to be done', async () => {
    const folder = await temporaryFolder();
    const daemon = startDaemonProcess(folder, {
      LATTICE_LOG_FORMAT: 'pretty',
      LATTICE_SERVER_ID: 'chat.example.org',
      LATTICE_APP_URL: 'https://chat.example.org',
    });
    await daemon.printed(/INFO: The daemon is running/);
    expect(daemon.stdout).toMatch(/^Lattice discovery daemon: chat\.example\.org$/m);
    expect(daemon.stdout).toMatch(/^ {2}fingerprint {2}[0-9A-F]{32}$/m);
    expect(daemon.stdout).toMatch(/^ {2}announced {4}https:\/\/chat\.example\.org\/discovery$/m);
    expect(daemon.stdout).toContain(`  data         ${folder} (embedded database and key)\n`);
    expect(daemon.stdout).toContain('set LATTICE_BOOTSTRAP_SERVERS');
    expect(daemon.stdout).not.toContain('set LATTICE_APP_URL');
    expect(daemon.stdout).not.toMatch(/^\{/m);
  });

  it('keeps the key to its owner, and prints nothing of it', async () => {
    const folder = join(await temporaryFolder(), 'data');
    const daemon = startDaemonProcess(folder, { LATTICE_LOG_LEVEL: 'debug' });
    await daemon.running();
    const key = await readFile(join(folder, 'private_key.pem'), 'utf8');
    const modes = [folder, join(folder, 'private_key.pem')].map(
      async (path) => (await stat(path)).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o700, 0o600]);
    await daemon.stop();
    const body = key.split('\n').slice(1, -2);
    expect(body.length).toBeGreaterThan(20);
    expect(body.filter((line) => daemon.output.includes(line))).toEqual([]);
    expect(daemon.output).not.toContain('PRIVATE KEY');
  });
});

it('a second start on the same folder is the same server', async () => {
  const folder = await temporaryFolder();
  const first = startDaemonProcess(folder);
  const before = await first.running();
  await first.stop();
  const second = startDaemonProcess(folder);
  const { serverUuid, fingerprint, serverId } = await second.running();
  expect({ serverUuid, fingerprint, serverId }).toEqual({
    serverUuid: before.serverUuid,
    fingerprint: before.fingerprint,
    serverId: before.serverId,
  });
});

describe('a start is refused, with what to do, and exit code 1', () => {
  it('on a folder that another process has open, which is not disturbed', async () => {
    const folder = await temporaryFolder();
    const first = startDaemonProcess(folder);
    const { url } = await first.running();
    const second = startDaemonProcess(folder);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toContain(`The embedded database in ${folder} is in use by process ${first.pid}.`);
    expect(second.stderr).toContain('LATTICE_DATA_DIR');
    expect(await get(`${url}/health`)).toMatchObject({ status: 'healthy' });
  });

  it('where the port is taken, and leaves the folder free', async () => {
    const folder = await temporaryFolder();
    const occupant = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void occupant.close());
    await once(occupant, 'listening');
    const { port } = occupant.address() as AddressInfo;
    const daemon = startDaemonProcess(folder, { LATTICE_PORT: String(port) });
    expect(await daemon.ended).toEqual({ code: 1, signal: null });
    expect(daemon.stderr).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(daemon.stderr).toContain('LATTICE_PORT');
    // Said once, and by us.
    expect(daemon.output).not.toContain('EADDRINUSE');
    await startDaemonProcess(folder).running();
  });

  it('where others may read the key', async () => {
    const folder = await temporaryFolder();
    const first = startDaemonProcess(folder);
    await first.running();
    await first.stop();
    const key = join(folder, 'private_key.pem');
    await chmod(key, 0o644);
    const second = startDaemonProcess(folder);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toBe(`Others may read or change ${key}: run "chmod 600 ${key}".\n`);
    await chmod(key, 0o600);
    await startDaemonProcess(folder).running();
  });

  it('where others may use the data folder', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    const daemon = startDaemonProcess(folder);
    expect(await daemon.ended).toEqual({ code: 1, signal: null });
    expect(daemon.stderr).toContain(`run "chmod 700 ${folder}"`);
  });

  // Below a file not even root can write: see the next.
  const isRoot = process.getuid?.() === 0;
  const skipped = isRoot ? ' (skipped: root may write anywhere)' : '';
  it.skipIf(isRoot)(`where this user may not write${skipped}`, async () => {
    const locked = join(await temporaryFolder(), 'locked');
    await mkdir(locked, { mode: 0o500 });
    const daemon = startDaemonProcess(join(locked, 'data'));
    expect(await daemon.ended).toEqual({ code: 1, signal: null });
    expect(daemon.stderr).toContain(`The data folder ${join(locked, 'data')} cannot be written (EACCES)`);
  });

  it.each(['data', join('deeper', 'data')])('where its folder cannot be: file/%s', async (place) => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const daemon = startDaemonProcess(join(file, place));
    expect(await daemon.ended).toEqual({ code: 1, signal: null });
    expect(daemon.stderr).toContain(join(file, place));
    expect(daemon.stderr).toContain('ENOTDIR');
    expect(daemon.output).not.toContain('    at ');
  });
});

async function get(url: string): Promise<unknown> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return response.json();
}
