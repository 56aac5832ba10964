import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnvironmentReader, merged, withoutFile, type Environment } from './environment.js';
import { readSettings } from './read-config.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lattice-environment-'));
  path = join(folder, 'lattice.env');
});
afterAll(() => rm(folder, { recursive: true }));

describe('what the process was given besides its file', () => {
  it.each<[string, Environment, Environment, Environment]>([
    ['is all of it without a file', { A: '1' }, {}, { A: '1' }],
    ['is without what the file gave', { A: '1', B: '2' }, { A: '1' }, { B: '2' }],
    ['is what the file says otherwise', { A: '1' }, { A: '2' }, { A: '1' }],
  ])('%s', (_, given, file, own) => {
    expect(withoutFile(given, file)).toEqual(own);
  });
});

describe('a file that changes', () => {
  it.each<[string, string, Environment, string, string | undefined]>([
    [
      'beats the environment',
      'LATTICE_LOG_LEVEL=debug',
      { LATTICE_LOG_LEVEL: 'warn' },
      'LATTICE_LOG_LEVEL=error',
      'error',
    ],
    [
      'beats what systemd took from it',
      'LATTICE_LOG_LEVEL=warn',
      { LATTICE_LOG_LEVEL: 'warn' },
      'LATTICE_LOG_LEVEL=error',
      'error',
    ],
    [
      'takes along what systemd took from it',
      'LATTICE_LOG_LEVEL=warn',
      { LATTICE_LOG_LEVEL: 'warn' },
      '',
      undefined,
    ],
    [
      'gives way to what else was given',
      'LATTICE_LOG_LEVEL=debug',
      { LATTICE_LOG_LEVEL: 'warn' },
      '',
      'warn',
    ],
    ['hides what else was given by empty text', '', { LATTICE_LOG_LEVEL: 'warn' }, 'LATTICE_LOG_LEVEL=', ''],
  ])('%s', async (_, first, given, then, level) => {
    await writeFile(path, first);
    const reader = await EnvironmentReader.open({ LATTICE_ENV_FILE: path, ...given });
    await writeFile(path, then);
    const variables = merged(await reader.read());
    expect(variables.LATTICE_LOG_LEVEL).toBe(level);
    expect(variables.LATTICE_ENV_FILE).toBe(path);
  });

  it('may name itself, as a unit takes it from there, and no other file', async () => {
    await writeFile(path, `LATTICE_ENV_FILE=${path}\nLATTICE_PORT=7\n`);
    const reader = await EnvironmentReader.open({ LATTICE_ENV_FILE: path, LATTICE_PORT: '7' });
    await writeFile(path, 'LATTICE_PORT=8\n');
    expect(merged(await reader.read())).toEqual({ LATTICE_ENV_FILE: path, LATTICE_PORT: '8' });
    await writeFile(path, 'LATTICE_ENV_FILE=/etc/other.env\n');
    await expect(reader.read()).rejects.toThrow(`is set in ${path}, which cannot name another file`);
  });

  it('is told apart from the environment, the secret store and the defaults', async () => {
    await writeFile(path, 'LATTICE_PORT=7\nLATTICE_APP_URL=\n');
    const { first } = await EnvironmentReader.open({ LATTICE_ENV_FILE: path, LATTICE_HOST: '::1' });
    const { port, host, appUrl, admission, serverId } = readSettings(first, { app_url: 'https://a.example' });
    expect([port, host, appUrl, admission, serverId].map(({ source, text }) => [source, text])).toEqual([
      ['environment file', '7'],
      ['environment', '::1'],
      ['secret store', 'https://a.example'],
      ['default', 'verified'],
      ['default', null],
    ]);
  });

  it('that is not there is said at once', async () => {
    const missing = join(folder, 'none.env');
    await expect(EnvironmentReader.open({ LATTICE_ENV_FILE: missing })).rejects.toThrow('does not exist');
  });
});
