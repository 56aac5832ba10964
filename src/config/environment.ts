import { ConfigError } from './config-error.js';
import { readEnvFile } from './env-file.js';
import { SETTINGS } from './settings.js';

/** The environment, name to value. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where variables are, apart. */
export interface Layers {
  /** What the process was given, without what its file holds too. */
  readonly own: Environment;
  /** The file of LATTICE_ENV_FILE; empty without one. What stands here beats `own`. */
  readonly file: Environment;
}

const { variable: FILE_VARIABLE, example: FILE_EXAMPLE } = SETTINGS.envFile;

/** The variables as they count, each once. */
export function merged({ own, file }: Layers): Environment {
  return { ...own, ...file };
}

/**
 * What a process was given besides its file. A service manager may have put the file's variables into the environment
 * as well: they are the file's, so that one that is later changed or deleted there does not live on here.
 */
export function withoutFile(given: Environment, file: Environment): Environment {
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => file[name] !== value));
}

/** The variables of a process, and of the file that LATTICE_ENV_FILE names, which can be read again. */
export class EnvironmentReader {
  private constructor(
    private readonly own: Environment,
    private readonly path: string | null,
    /** As they were when this was opened. */
    readonly first: Layers,
  ) {}

  /** @throws ConfigError with all that is wrong with the file */
  static async open(given: Environment): Promise<EnvironmentReader> {
    const path = given[FILE_VARIABLE]?.trim() || null;
    const file = await readFileAt(path);
    // Where the file is stays the process's own, also if the file says it too.
    const own = { ...withoutFile(given, file), ...(path === null ? {} : { [FILE_VARIABLE]: path }) };
    return new EnvironmentReader(own, path, { own, file });
  }

  /** @throws ConfigError with all that is wrong with the file */
  async read(): Promise<Layers> {
    return { own: this.own, file: await readFileAt(this.path) };
  }
}

async function readFileAt(path: string | null): Promise<Environment> {
  if (path === null) return {};
  const { [FILE_VARIABLE]: named = path, ...file } = await readEnvFile(path, FILE_VARIABLE);
  if (named.trim() === path) return file;
  const problem = `is set in ${path}, which cannot name another file`;
  throw new ConfigError([{ variable: FILE_VARIABLE, problem, example: `${FILE_VARIABLE}=${FILE_EXAMPLE}` }]);
}
