import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CONFIG_EXIT_CODE } from '../../src/config/config-error.js';
import { readConfig } from '../../src/config/read-config.js';
import { SETTINGS } from '../../src/config/settings.js';
import { textOf } from '../docs/repository.js';
import { PACKAGE_DIR } from '../support/processes.js';
import { entries, shipped, UNIT } from './unit-file.js';

/** `systemd-analyze security`, from 0 (locked up) to 10; the guide's own unit has 8.5. */
const MOST_EXPOSURE = 1.5;

const unit = entries(UNIT);
const variables = new Set<string>(Object.values(SETTINGS).map(({ variable }) => variable));
const seconds = (key: string): number => Number(unit.get(`Service.${key}`)?.at(-1));

function constant(file: string, name: string): number {
  const value = new RegExp(`const ${name} = ([\\d_]+);`).exec(textOf(file))?.[1];
  return Number(value?.replaceAll('_', ''));
}

describe('the unit agrees with the code', () => {
  it('on how long a start, a stop and a silence may last', () => {
    expect(seconds('TimeoutStartSec') * 1000).toBe(constant('src/cli/begin.ts', 'START_LIMIT_MS'));
    const stopMs = constant('src/main.ts', 'STOP_TIMEOUT_MS');
    expect(stopMs).toBe(10_000);
    expect(seconds('TimeoutStopSec') * 1000).toBeGreaterThan(stopMs);
    expect(seconds('TimeoutStopSec') * 1000).toBeLessThanOrEqual(2 * stopMs);
  });

  it('on how Node is started', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: { start: string } };
    const [, options] = /^exec node (.*) dist\/main\.js$/.exec(scripts.start) ?? [];
    expect(options).toMatch(/^--/);
    expect(unit.get('Service.ExecStart')).toEqual([`/usr/bin/node ${options} /opt/lattice/dist/main.js`]);
  });

  it('on the exit code that no restart mends', () => {
    expect(unit.get('Service.RestartPreventExitStatus')).toEqual([String(CONFIG_EXIT_CODE)]);
  });

  it('on where the data is: the only folder it may write', () => {
    const folder = `/var/lib/${unit.get('Service.StateDirectory')?.[0]}`;
    expect(unit.get('Service.Environment')).toContain(`LATTICE_DATA_DIR=${folder}`);
    expect(SETTINGS.dataDir.example).toBe(folder);
    expect(unit.get('Service.StateDirectoryMode')).toEqual(['0700']);
    expect(unit.has('Service.ReadWritePaths')).toBe(false);
    expect(shipped('lattice.tmpfiles')).toContain(`d ${folder} 0700 lattice lattice -\n`);
  });

  it('on variables: it sets only known ones', () => {
    const set = (unit.get('Service.Environment') ?? []).map((assignment) => assignment.split('=')[0]);
    expect(set).toEqual(['NODE_ENV', 'LATTICE_DATA_DIR', 'LATTICE_ENV_FILE']);
    for (const name of set.slice(1)) expect(variables.has(name!)).toBe(true);
  });

  it('on what it needs: it starts after the network, its databases and the right time, where they are on this machine', () => {
    const after = unit.get('Unit.After')?.flatMap((units) => units.split(' '));
    for (const other of ['network-online.target', 'time-sync.target', 'postgresql.service', 'vault.service'])
      expect(after).toContain(other);
  });

  it('on limits that the guide gives, and starts that fail again and again', () => {
    expect(Object.fromEntries(unit)).toMatchObject({
      'Unit.StartLimitIntervalSec': ['300'],
      'Unit.StartLimitBurst': ['5'],
      'Service.MemoryMax': ['512M'],
      'Service.CPUQuota': ['50%'],
      'Service.LimitNOFILE': ['65536'],
      'Service.Restart': ['always'],
      'Service.RestartSec': ['10'],
    });
  });
});

describe('lattice.env.example', () => {
  const example = shipped('lattice.env.example');
  const offered = [...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(
    ([, name, value]) => [name!, value!] as const,
  );

  it('offers known variables alone, with values that are taken', () => {
    expect(offered.length).toBeGreaterThan(5);
    expect(offered.map(([name]) => name).filter((name) => !variables.has(name))).toEqual([]);
    expect(() => readConfig(Object.fromEntries(offered), {}, { isTerminal: false })).not.toThrow();
  });

  it('names no unknown one in its words either', () => {
    const named = example.match(/\b(?:LATTICE|VAULT)_[A-Z_]+\b/g) ?? [];
    expect(named.filter((name) => !variables.has(name))).toEqual([]);
  });

  it('sets nothing as it stands but the folder that the unit allows, for the command beside it', () => {
    const set = example.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(set).toHaveLength(1);
    expect(unit.get('Service.Environment')).toContain(set[0]);
  });
});

it('credentials.conf offers each credential of docs/secrets.md, and no other', () => {
  const known = [...textOf('docs/secrets.md').matchAll(/^\| `(\w+)` +\|(?:[^|]*\|){2} `(\w+)`/gm)].map(
    ([, name]) => name,
  );
  const offered = [...shipped('credentials.conf').matchAll(/^#?LoadCredential=(\w+):(\S+)$/gm)];
  expect(offered.map(([, name]) => name).sort()).toEqual(known.filter(Boolean).sort());
  expect(offered.every(([, name, path]) => path === `/etc/lattice/credentials/${name}`)).toBe(true);
});

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
const skipped = hasAnalyze ? '' : ' (skipped: systemd-analyze is missing)';

describe.skipIf(!hasAnalyze)(`systemd-analyze${skipped}`, () => {
  /** The unit with paths of this machine in place of those of an installation: verify looks whether programs are there. */
  async function installed(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'lattice-unit-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'lattice-discovery.service');
    await writeFile(path, UNIT.replace('/usr/bin/node', process.execPath));
    await cp(join(PACKAGE_DIR, 'systemd/credentials.conf'), `${path}.d/credentials.conf`);
    return path;
  }

  it('verify finds nothing to say, and would', async () => {
    const path = await installed();
    const verify = () => spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
    const { status, stdout, stderr } = verify();
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
    await writeFile(path, UNIT.replace('ProtectHome=yes', 'ProtectHome=perhaps'));
    expect(verify().stderr).toContain('protect home');
  });

  it(`security gives at most ${MOST_EXPOSURE}`, async () => {
    const report = execFileSync('systemd-analyze', ['security', '--offline=true', await installed()], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_COLORS: '0', LC_ALL: 'C.UTF-8' },
    });
    const exposure = Number(/Overall exposure level.*: ([\d.]+)/.exec(report)?.[1]);
    console.info(`systemd-analyze security: ${exposure}`);
    expect(exposure).toBeGreaterThan(0);
    expect(exposure).toBeLessThanOrEqual(MOST_EXPOSURE);
  });
});
