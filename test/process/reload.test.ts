import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Process, startDaemonProcess, temporaryFolder, type Variables } from '../support/processes.js';
import {
  IN_FORCE,
  NEEDS_RESTART,
  reload,
  reloadsOf,
  startReloadable,
  UNCHANGED,
  UNUSABLE,
} from '../support/reloadable.js';

const FIRST_TOKEN = 'the-first-token-of-the-test';
const OTHER_TOKEN = 'the-other-token-of-the-test';

async function status(url: string, token?: string): Promise<number> {
  const headers: Record<string, string> = token === undefined ? {} : { 'x-lattice-admin-token': token };
  return (await fetch(url, { headers })).status;
}

async function announcement(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}/api/v1/announcement`)).json()) as Record<string, unknown>;
}

describe('SIGHUP after a change of the environment file puts in force', () => {
  it('the log level, up and down, and says so at the more talkative of the two', async () => {
    const { daemon, file } = await startReloadable({ LATTICE_LOG_LEVEL: 'debug' });
    const { url } = await daemon.running();
    const answered = (): number => daemon.log.filter(({ msg }) => msg === 'Request answered').length;
    await file.write({ LATTICE_LOG_LEVEL: 'error' });
    expect(await reload(daemon)).toMatchObject({
      msg: IN_FORCE,
      changed: { LATTICE_LOG_LEVEL: 'debug -> error' },
    });
    const before = daemon.log.length;
    await status(`${url}/status`);
    await file.write({ LATTICE_LOG_LEVEL: 'debug' });
    await reload(daemon);
    const levels = daemon.log.slice(before).map(({ level }) => level);
    expect(levels.filter((level) => level === 'info')).toHaveLength(1);
    expect(answered()).toBe(0);
    await status(`${url}/status`);
    await daemon.logged('Request answered');
  });

  it('the admin token, given or taken away, without showing any', async () => {
    const { daemon, file } = await startReloadable({ LATTICE_ADMIN_TOKEN: FIRST_TOKEN });
    const identity = `${(await daemon.running()).url}/api/v1/identity`;
    expect(await status(identity, FIRST_TOKEN)).toBe(200);
    await file.write({ LATTICE_ADMIN_TOKEN: OTHER_TOKEN, LATTICE_LOG_LEVEL: 'debug' });
    expect(await reload(daemon)).toMatchObject({
      changed: { LATTICE_ADMIN_TOKEN: expect.any(String) as string },
    });
    expect(await status(identity, FIRST_TOKEN)).toBe(403);
    expect(await status(identity, OTHER_TOKEN)).toBe(200);
    // Neither of them is let into the log from now on, wherever it turns up.
    await fetch(`${identity}/${OTHER_TOKEN}?${FIRST_TOKEN}`, { headers: { 'user-agent': FIRST_TOKEN } });
    await file.write({});
    await reload(daemon);
    expect(await status(identity)).toBe(200);
    await daemon.stop();
    expect(daemon.output).not.toContain(FIRST_TOKEN);
    expect(daemon.output).not.toContain(OTHER_TOKEN);
  });

  it('a limit, for who is counted already', async () => {
    const { daemon, file } = await startReloadable();
    const { url } = await daemon.running();
    for (let call = 0; call < 3; call += 1) expect(await status(`${url}/api/v1/announcement`)).toBe(200);
    await file.write({ LATTICE_SOURCE_RATE_LIMIT: '3' });
    await reload(daemon);
    expect(await status(`${url}/api/v1/announcement`)).toBe(429);
    await file.write({ LATTICE_SOURCE_RATE_LIMIT: '0' });
    await reload(daemon);
    expect(await status(`${url}/api/v1/announcement`)).toBe(200);
  });

  it('name and public address, announced at once to who knows us', async () => {
    const other = startDaemonProcess(await temporaryFolder(), { LATTICE_SERVER_ID: 'other.example' });
    const { url: hub } = await other.running();
    const { daemon, file } = await startReloadable({
      LATTICE_SERVER_ID: 'first.example',
      LATTICE_BOOTSTRAP_SERVERS: hub,
    });
    const { url, serverUuid } = await daemon.running();
    await other.logged('Gained a neighbour', ({ serverId }) => serverId === 'first.example');
    await daemon.logged('Gained a neighbour', ({ serverId }) => serverId === 'other.example');
    await file.write({ LATTICE_SERVER_ID: 'second.example', LATTICE_BOOTSTRAP_SERVERS: hub });
    await reload(daemon);
    expect(await announcement(url)).toMatchObject({ server_id: 'second.example', server_uuid: serverUuid });
    await other.logged('A peer changed', ({ serverId }) => serverId === 'second.example');
    await file.write({ LATTICE_APP_URL: 'https://chat.example', LATTICE_BOOTSTRAP_SERVERS: hub });
    expect(await reload(daemon)).toMatchObject({
      changed: {
        LATTICE_SERVER_ID: 'second.example -> unset',
        LATTICE_APP_URL: 'unset -> https://chat.example',
      },
    });
    expect(await announcement(url)).toMatchObject({
      server_id: 'second.example',
      endpoints: { discovery: 'https://chat.example/discovery' },
    });
    await daemon.logged('Our own identity changed', ({ change }) => change === 'moved');
    // Without a token, a public address is checked before anybody administers.
    expect(await status(`${url}/api/v1/identity`)).toBe(403);
  });

  it('bootstrap servers and the addresses that may be called, which are called at once', async () => {
    const hub = startDaemonProcess(await temporaryFolder(), { LATTICE_SERVER_ID: 'hub.example' });
    const { url } = await hub.running();
    const bare = { LATTICE_SERVER_ID: 'leaf.example', LATTICE_ALLOW_ADDRESSES: '192.0.2.1' };
    const { daemon, file } = await startReloadable(bare);
    await daemon.running();
    await file.write({ ...bare, LATTICE_BOOTSTRAP_SERVERS: url });
    await reload(daemon);
    await daemon.logged('A bootstrap server is missing', ({ problem }) =>
      String(problem).includes('no address'),
    );
    await file.write({
      LATTICE_SERVER_ID: 'leaf.example',
      LATTICE_BOOTSTRAP_SERVERS: url.replace('127.0.0.1', 'localhost'),
    });
    await reload(daemon);
    await hub.logged('Learnt a peer', ({ serverId }) => serverId === 'leaf.example');
  });

  it('the public address in the description of the endpoints, for who has read it before', async () => {
    const token = { LATTICE_ADMIN_TOKEN: FIRST_TOKEN };
    const { daemon, file } = await startReloadable(token);
    const { url } = await daemon.running();
    const servers = async (): Promise<string[]> => {
      const headers = { 'x-lattice-admin-token': FIRST_TOKEN };
      const document = await (await fetch(`${url}/docs/openapi.json`, { headers })).json();
      return (document as { servers: { url: string }[] }).servers.map((server) => server.url);
    };
    expect(await servers()).toEqual([url]);
    await file.write({ ...token, LATTICE_APP_URL: 'https://chat.example' });
    await reload(daemon);
    expect(await servers()).toEqual([url, 'https://chat.example/discovery']);
    await file.write(token);
    await reload(daemon);
    expect(await servers()).toEqual([url]);
  });

  it('a secret that lies in a file of the data folder', async () => {
    const { daemon, dataDir } = await startReloadable();
    const { url } = await daemon.running();
    await writeFile(join(dataDir, 'admin_token'), `${OTHER_TOKEN}\n`, { mode: 0o600 });
    await reload(daemon);
    expect(await status(`${url}/api/v1/identity`)).toBe(403);
    expect(await status(`${url}/api/v1/identity`, OTHER_TOKEN)).toBe(200);
    expect(daemon.output).not.toContain(OTHER_TOKEN);
  });

  it('what systemd has put into the environment as well, also where it is deleted', async () => {
    const given = { LATTICE_SERVER_ID: 'first.example', LATTICE_ADMIN_TOKEN: FIRST_TOKEN };
    const { daemon, file } = await startReloadable(given, given);
    const { url } = await daemon.running();
    await file.write({ LATTICE_SERVER_ID: 'second.example' });
    await reload(daemon);
    expect(await announcement(url)).toMatchObject({ server_id: 'second.example' });
    expect(await status(`${url}/api/v1/identity`)).toBe(200);
  });
});

describe('SIGHUP', () => {
  it('changes nothing where something is wrong, tells all of it, and takes the file once it is right', async () => {
    const { daemon, file } = await startReloadable({ LATTICE_ADMIN_TOKEN: FIRST_TOKEN });
    const { url } = await daemon.running();
    await file.write({
      LATTICE_ADMIN_TOKEN: 'short secret',
      LATTICE_SERVER_ID: 'second.example',
      LATTICE_GOSSIP_INTERVAL: '10',
      LATTICE_LOG_LEVL: 'debug',
    });
    const line = await reload(daemon);
    expect(line).toMatchObject({ level: 'error', msg: UNUSABLE });
    expect((line.problems as { variable: string }[]).map(({ variable }) => variable)).toEqual([
      'LATTICE_ADMIN_TOKEN',
      'LATTICE_GOSSIP_INTERVAL',
      'LATTICE_LOG_LEVL',
    ]);
    expect(await status(`${url}/api/v1/identity`, FIRST_TOKEN)).toBe(200);
    expect((await announcement(url)).server_id).not.toBe('second.example');
    await file.write('LATTICE_ADMIN_TOKEN="short secret\n');
    expect(await reload(daemon)).toMatchObject({
      problems: [{ problem: `line 1 of ${file.path} opens a quote that nothing closes` }],
    });
    await file.write({ LATTICE_ADMIN_TOKEN: OTHER_TOKEN, LATTICE_SERVER_ID: 'second.example' });
    expect(await reload(daemon)).toMatchObject({ msg: IN_FORCE });
    expect(await status(`${url}/api/v1/identity`, OTHER_TOKEN)).toBe(200);
    for (const secret of ['short secret', FIRST_TOKEN, OTHER_TOKEN])
      expect(daemon.output).not.toContain(secret);
  });

  it('names what waits for a restart, each time, and what is as it was', async () => {
    const { daemon, file } = await startReloadable();
    const { url, port } = await daemon.running();
    expect(await reload(daemon)).toMatchObject({ level: 'info', msg: UNCHANGED });
    const database = 'postgres://lattice:hunter2hunter2@127.0.0.1/none';
    await file.write({ LATTICE_PORT: '1', LATTICE_DATABASE_URL: database, LATTICE_PEER_RATE_LIMIT: '5' });
    const needsRestart = { LATTICE_PORT: '0 -> 1', LATTICE_DATABASE_URL: 'unset -> (hidden)' };
    expect(await reload(daemon)).toMatchObject({
      level: 'warn',
      msg: NEEDS_RESTART,
      changed: { LATTICE_PEER_RATE_LIMIT: '100 -> 5' },
      needsRestart,
    });
    const second = await reload(daemon);
    expect(second).toMatchObject({ msg: NEEDS_RESTART, needsRestart });
    expect(second).not.toHaveProperty('changed');
    expect(await announcement(url)).toMatchObject({ endpoints: { discovery: `http://127.0.0.1:${port}` } });
    expect(daemon.output).not.toContain('hunter2');
  });

  it('loses no request while the configuration changes again and again', async () => {
    const { daemon, file } = await startReloadable({ LATTICE_SOURCE_RATE_LIMIT: '0' });
    const { url } = await daemon.running();
    let isOver = false;
    const answers = new Map<number, number>();
    const client = async (): Promise<void> => {
      while (!isOver) {
        const answer = await status(`${url}/api/v1/announcement`);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (let turn = 1; turn <= 8; turn += 1) {
      await file.write({
        LATTICE_SOURCE_RATE_LIMIT: '0',
        LATTICE_SERVER_ID: `name-${turn}`,
        LATTICE_GOSSIP_INTERVAL: `${turn}m`,
      });
      expect(await reload(daemon)).toMatchObject({ msg: IN_FORCE });
    }
    isOver = true;
    await Promise.all(clients);
    expect([...answers.keys()]).toEqual([200]);
    expect(answers.get(200)).toBeGreaterThan(8);
  });

  it('many times at once ends with what the file said last', async () => {
    const { daemon, file } = await startReloadable();
    const { url } = await daemon.running();
    for (let turn = 1; turn <= 20; turn += 1) {
      await file.write({ LATTICE_SERVER_ID: `name-${turn}` });
      daemon.signal('SIGHUP');
    }
    await daemon.until('the last name', () =>
      reloadsOf(daemon).find(({ changed }) => JSON.stringify(changed ?? '').includes('name-20')),
    );
    expect(await announcement(url)).toMatchObject({ server_id: 'name-20' });
    expect(reloadsOf(daemon).length).toBeLessThanOrEqual(20);
  });

  it('during the start waits for it, and then is answered', async () => {
    const { daemon } = await startReloadable();
    await daemon.logged(
      'The embedded database is open. A crash of the daemon loses nothing, a loss of power may.',
    );
    daemon.signal('SIGHUP');
    await daemon.running();
    await daemon.logged(UNCHANGED);
  });

  it('shortly before or while it stops does not hinder that', async () => {
    const { daemon } = await startReloadable();
    await daemon.running();
    daemon.signal('SIGHUP');
    daemon.signal('SIGTERM');
    await daemon.logged('Stopping');
    daemon.signal('SIGHUP');
    expect(await daemon.ended).toEqual({ code: 0, signal: null });
    expect(daemon.stderr).toBe('');
  });
});

describe('`lattice config`', () => {
  const lattice = (args: readonly string[], variables: Variables): Process =>
    Process.start(process.execPath, ['dist/cli/main.js', 'config', ...args], variables);

  it('shows each value with its origin, and no secret', async () => {
    const { daemon, file, dataDir } = await startReloadable({ LATTICE_ADMIN_TOKEN: FIRST_TOKEN });
    await daemon.running();
    await writeFile(join(dataDir, 'app_url'), 'https://chat.example\n', { mode: 0o600 });
    const variables = { LATTICE_ENV_FILE: file.path, LATTICE_DATA_DIR: dataDir };
    const command = lattice(['--json'], variables);
    expect(await command.ended).toEqual({ code: 0, signal: null });
    const rows = JSON.parse(command.stdout) as { variable: string }[];
    const row = (variable: string): unknown => rows.find((each) => each.variable === variable);
    expect(row('LATTICE_ADMIN_TOKEN')).toEqual({
      variable: 'LATTICE_ADMIN_TOKEN',
      value: '(hidden)',
      source: 'environment file',
      change: 'live',
    });
    expect(row('LATTICE_APP_URL')).toMatchObject({ value: 'https://chat.example', source: 'secret store' });
    expect(row('LATTICE_DATA_DIR')).toMatchObject({
      value: dataDir,
      source: 'environment',
      change: 'restart',
    });
    expect(row('LATTICE_PORT')).toMatchObject({ value: '1113', source: 'default' });
    expect(row('LATTICE_SERVER_ID')).toMatchObject({ value: null, source: 'unset' });
    const words = lattice([], variables);
    expect((await words.ended).code).toBe(0);
    expect(words.stdout).toMatch(/^LATTICE_ADMIN_TOKEN +environment file +live +\(hidden\)$/m);
    expect(command.output + words.output).not.toContain(FIRST_TOKEN);
  });

  it('tells what is wrong with exit code 78', async () => {
    const command = lattice([], { LATTICE_PORT: 'http', LATTICE_DATA_DIR: await temporaryFolder() });
    expect((await command.ended).code).toBe(78);
    expect(command.stderr).toContain('LATTICE_PORT');
    expect(command.stdout).toBe('');
  });
});
