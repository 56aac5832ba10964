import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ConfigError, type ConfigProblem } from './config-error.js';

/** Far above any list of settings; what is larger is no such file. */
const MAX_FILE_BYTES = 64 * 1024;
const EVERYBODY_WRITES = 0o002;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const EXAMPLE = 'LATTICE_SERVER_ID=chat.example.org';

export interface FileMistake {
  /** Counted from 1. */
  readonly line: number;
  /** Never holds a value. */
  readonly problem: string;
}

export interface ParsedFile {
  readonly variables: Readonly<Record<string, string>>;
  readonly mistakes: readonly FileMistake[];
}

/**
 * The variables of a file, as systemd reads its `EnvironmentFile=` (systemd.exec(5)): `NAME=value` lines, comments that
 * begin with `#` or `;`, quotes, and lines that go on after a backslash. The last of several assignments counts.
 *
 * Where systemd would pass over a line in silence, or its versions differ, this tells a mistake.
 */
export function parseEnvFile(text: string): ParsedFile {
  const variables = new Map<string, string>();
  const mistakes: FileMistake[] = [];
  for (const reader = new Reader(text); reader.skipBlank();) {
    const { line } = reader;
    const outcome = reader.atComment ? reader.comment() : reader.assignment();
    if (outcome === null) continue;
    if (typeof outcome === 'string') mistakes.push({ line, problem: outcome });
    else variables.set(...outcome);
  }
  return { variables: Object.fromEntries(variables), mistakes };
}

/** Walks through the text as systemd's parser does (src/basic/env-file.c). */
class Reader {
  #at = 0;
  line = 1;

  constructor(private readonly text: string) {}

  get atComment(): boolean {
    return this.#next === '#' || this.#next === ';';
  }

  /** False at the end. */
  skipBlank(): boolean {
    while (isSpace(this.#next)) this.#take();
    return this.#next !== '';
  }

  /** Until version 254 of systemd, a backslash at its end makes the next line a part of it; since then it does not. */
  comment(): string | null {
    const written = this.#untilLineEnd();
    return written.endsWith('\\') ? 'a comment must not end with a backslash' : null;
  }

  /** Name and value, or what is wrong. */
  assignment(): readonly [string, string] | string {
    let name = '';
    while (this.#next !== '=' && !isLineEnd(this.#next)) name += this.#take();
    if (this.#next !== '=') return 'is not of the form NAME=value';
    this.#take();
    const value = this.#value();
    if (value === null) return 'opens a quote that nothing closes';
    if (!NAME.test(name.trimEnd())) return 'does not begin with the name of a variable and "="';
    return value.includes('\0') ? 'holds a zero byte' : [name.trimEnd(), value];
  }

  /** Null where a quote is left open. Spaces around what is not quoted are dropped, also between two quoted parts. */
  #value(): string | null {
    let value = '';
    while (!isLineEnd(this.#next)) {
      const part =
        this.#next === "'"
          ? this.#singleQuoted()
          : this.#next === '"'
            ? this.#doubleQuoted()
            : isSpace(this.#next)
              ? this.#skipped()
              : this.#bare();
      if (part === null) return null;
      value += part;
    }
    return value;
  }

  #skipped(): string {
    this.#take();
    return '';
  }

  /** To the end of the line: a quote further on is a character as any other. */
  #bare(): string {
    let value = '';
    let kept = 0;
    while (!isLineEnd(this.#next)) {
      const character = this.#take();
      if (character === '\\') {
        const escaped = this.#take();
        if (!isLineEnd(escaped)) value += escaped;
        kept = value.length;
        continue;
      }
      value += character;
      if (!isSpace(character)) kept = value.length;
    }
    return value.slice(0, kept);
  }

  #singleQuoted(): string | null {
    this.#take();
    const end = this.text.indexOf("'", this.#at);
    if (end < 0) return this.#rest();
    let value = '';
    while (this.#at < end) value += this.#take();
    this.#take();
    return value;
  }

  /** As in a shell, a backslash is one unless it stands before a quote, a backslash, `$`, a backtick or a line end. */
  #doubleQuoted(): string | null {
    this.#take();
    let value = '';
    for (;;) {
      const character = this.#take();
      if (character === '') return null;
      if (character === '"') return value;
      if (character !== '\\') {
        value += character;
        continue;
      }
      const escaped = this.#take();
      if ('"\\`$'.includes(escaped)) value += escaped;
      else if (escaped !== '\n') value += `\\${escaped}`;
    }
  }

  #rest(): null {
    this.#at = this.text.length;
    return null;
  }

  #untilLineEnd(): string {
    let taken = '';
    while (!isLineEnd(this.#next)) taken += this.#take();
    return taken;
  }

  get #next(): string {
    return this.text[this.#at] ?? '';
  }

  /** The next character; '' at the end. */
  #take(): string {
    const character = this.#next;
    this.#at += character.length;
    if (character === '\n') this.line += 1;
    return character;
  }
}

function isSpace(character: string): boolean {
  return character !== '' && ' \t\n\r'.includes(character);
}

/** The end of the text ends its last line too. */
function isLineEnd(character: string): boolean {
  return character === '' || character === '\n' || character === '\r';
}

/**
 * Reads such a file.
 *
 * @param variable the variable or option that names the file, for what is said about it
 * @throws ConfigError with every mistake
 */
export async function readEnvFile(path: string, variable: string): Promise<Readonly<Record<string, string>>> {
  const problemOf = (problem: string, example = `${variable}=/etc/lattice/lattice.env`): ConfigProblem => ({
    variable,
    problem,
    example,
  });
  const { text, problem } = await readText(path);
  if (problem !== null) throw new ConfigError([problemOf(`${path} ${problem}`)]);
  const { variables, mistakes } = parseEnvFile(text);
  if (mistakes.length === 0) return variables;
  throw new ConfigError(
    mistakes.map((mistake) => problemOf(`line ${mistake.line} of ${path} ${mistake.problem}`, EXAMPLE)),
  );
}

type ReadText =
  { readonly text: string; readonly problem: null } | { readonly text: ''; readonly problem: string };

async function readText(path: string): Promise<ReadText> {
  try {
    // Without O_NONBLOCK a pipe in its place would hang us.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const problem = await fileProblem(file);
      if (problem !== null) return { text: '', problem };
      return { text: new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile()), problem: null };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { text: '', problem: why((error as NodeJS.ErrnoException).code) };
  }
}

async function fileProblem(file: FileHandle): Promise<string | null> {
  const stats = await file.stat();
  if (!stats.isFile()) return 'is not a file';
  if ((stats.mode & EVERYBODY_WRITES) !== 0) return 'may be changed by everybody (chmod o-w)';
  return stats.size > MAX_FILE_BYTES ? `is larger than ${MAX_FILE_BYTES} bytes` : null;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user (root:lattice with mode 0640 lets the daemon read it)',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not valid UTF-8',
};

function why(code = 'no reason given'): string {
  return REASONS[code] ?? `cannot be read (${code})`;
}
