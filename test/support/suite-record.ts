import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder of a run's record, for the workers of the run too. */
const FOLDER_VARIABLE = 'LATTICE_TEST_RECORD';
/** Shorter parts of a key could be found anywhere. */
const LINE_OF_KEY = /^[A-Za-z0-9+/=]{16,}$/;
const KEY_FILES = ['private_key.pem', 'next_private_key.pem'];
/** Variables whose values nobody may ever see again. */
const SECRET_VARIABLES = ['LATTICE_ADMIN_TOKEN', 'VAULT_SECRET_ID'];

export interface SuiteVerdict {
  readonly secrets: number;
  readonly outputBytes: number;
  /** How many of the secrets stand in the output; their names would be secrets themselves. */
  readonly leaked: number;
}

/** To be called once, before the workers of a run start. */
export function beginRecord(): void {
  process.env[FOLDER_VARIABLE] = mkdtempSync(join(tmpdir(), 'lattice-record-'));
}

/** What daemons printed, logged or answered anywhere in the suite. */
export function recordOutput(...texts: readonly string[]): void {
  append('output', texts);
}

/** What a secret is looked for by: itself, and each line of a key, as it would be seen of one that was cut or escaped. */
export function secretParts(secret: string): string[] {
  const lines = secret.split('\n').filter((line) => LINE_OF_KEY.test(line));
  return secret.includes('PRIVATE KEY') ? lines : [secret, ...lines];
}

/** What must stand in no output of the whole suite: keys (line by line), tokens, secret ids. */
export function recordSecrets(...values: readonly string[]): void {
  append('secrets', values.flatMap(secretParts));
}

/** The secrets that a daemon was given by its variables, and the keys that it made itself. */
export function recordSecretsOf(variables: Readonly<Record<string, string>>): void {
  const given = SECRET_VARIABLES.map((name) => variables[name]).filter((value) => value !== undefined);
  const folder = variables['LATTICE_DATA_DIR'];
  const files = folder === undefined ? [] : KEY_FILES.map((name) => join(folder, name)).filter(existsSync);
  recordSecrets(...given.filter((value) => value !== ''), ...files.map((file) => readFileSync(file, 'utf8')));
}

/** Reads the whole record and drops it. Null where no run was recorded. */
export function judgeRecord(): SuiteVerdict | null {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder === undefined) return null;
  const read = (kind: string): string =>
    readdirSync(folder)
      .filter((name) => name.startsWith(kind))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
  const verdict = judge(read('output'), new Set(read('secrets').split('\n')));
  rmSync(folder, { recursive: true, force: true });
  return verdict;
}

export function judge(output: string, secrets: ReadonlySet<string>): SuiteVerdict {
  const real = [...secrets].filter((secret) => secret !== '');
  const leaked = real.filter((secret) => output.includes(secret)).length;
  return { secrets: real.length, outputBytes: Buffer.byteLength(output), leaked };
}

function append(kind: 'output' | 'secrets', texts: readonly string[]): void {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder === undefined || texts.length === 0) return;
  appendFileSync(join(folder, `${kind}-${process.pid}`), `${texts.join('\n')}\n`);
}
