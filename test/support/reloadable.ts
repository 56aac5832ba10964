import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type LogLine,
  type Process,
  startDaemonProcess,
  temporaryFolder,
  type Variables,
} from './processes.js';

export const IN_FORCE = 'The configuration was read again, and what changed is in force';
export const NEEDS_RESTART = 'The configuration was read again: some changes wait for a restart';
export const UNCHANGED = 'The configuration was read again: nothing has changed';
export const UNUSABLE = 'The configuration was read again and cannot be used: nothing has changed';

/** An environment file, replaced whole as an editor does. */
export class EnvFile {
  private constructor(readonly path: string) {}

  static async create(variables: Variables = {}): Promise<EnvFile> {
    const file = new EnvFile(join(await temporaryFolder(), 'lattice.env'));
    await file.write(variables);
    return file;
  }

  /** @param content variables, or text as it is */
  async write(content: Variables | string): Promise<void> {
    const lines =
      typeof content === 'string' ? content : Object.entries(content).map((pair) => pair.join('='));
    await writeFile(`${this.path}.new`, typeof lines === 'string' ? lines : `${lines.join('\n')}\n`);
    await rename(`${this.path}.new`, this.path);
  }
}

/** A daemon of its own process with an environment file. */
export async function startReloadable(
  variables: Variables = {},
  own: Variables = {},
): Promise<{ daemon: Process; file: EnvFile; dataDir: string }> {
  const file = await EnvFile.create(variables);
  const dataDir = await temporaryFolder();
  const daemon = startDaemonProcess(dataDir, { ...own, LATTICE_ENV_FILE: file.path });
  return { daemon, file, dataDir };
}

export const reloadsOf = (daemon: Process): LogLine[] =>
  daemon.log.filter(({ msg }) => msg.startsWith('The configuration was read again'));

/** Signals, and resolves with what the log says of it. */
export async function reload(daemon: Process): Promise<LogLine> {
  const before = reloadsOf(daemon).length;
  daemon.signal('SIGHUP');
  return daemon.until('a reload', () => reloadsOf(daemon)[before]);
}
