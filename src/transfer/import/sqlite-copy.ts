import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FederationError } from '../../protocol/errors.js';
import { decodeUtf8 } from '../../protocol/json.js';
import { TransferRefused } from '../refused.js';

/** Far above anything of use in a cell; what is larger is not even read. */
const CELL_BYTES = 64 * 1024;

/** The files that together are one SQLite database, whether it was closed properly or not. */
const SUFFIXES = ['', '-wal', '-journal'];

/** A cell as text, whatever type it has; `problem` where it cannot be one of ours. */
export type Cell = string | null | { readonly problem: string };

export type Row = Readonly<Record<string, Cell>>;

/** What is asked of SQLite. */
interface Sqlite {
  all(sql: string): unknown[];
  close(): void;
}

/** A SQLite database of somebody else, opened for reading. */
export class SqliteCopy {
  private constructor(private readonly sqlite: Sqlite) {}

  /**
   * Copies the file and what belongs to it, and opens the copy: reading recovers what a crash left, and the original
   * shall stay as it is. @throws TransferRefused
   */
  static async read<T>(path: string, work: (copy: SqliteCopy) => T): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'lattice-import-'));
    try {
      const copy = join(folder, 'copy.db');
      await copyQuietFile(path, copy);
      const { Database } = (await import('node-sqlite3-wasm')).default;
      return onOpen(new Database(copy, { fileMustExist: true }), path, (sqlite) =>
        work(new SqliteCopy(sqlite)),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  hasTable(table: string): boolean {
    return (
      this.sqlite.all(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${table}'`).length > 0
    );
  }

  /** Every row, in the order in which they were written; a column that the table lacks is null. */
  rows(table: string, columns: readonly string[], limit: number): Row[] {
    const there = new Set(
      (this.sqlite.all(`PRAGMA table_info(${table})`) as { name: string }[]).map(({ name }) => name),
    );
    // As bytes, or text would end at its first U+0000.
    const cells = columns.map((column) =>
      there.has(column)
        ? `CASE WHEN length(CAST(${column} AS BLOB)) > ${CELL_BYTES} THEN 1 ELSE CAST(${column} AS BLOB) END AS ${column}`
        : `NULL AS ${column}`,
    );
    const rows = this.sqlite.all(`SELECT ${cells.join(', ')} FROM ${table} ORDER BY rowid LIMIT ${limit}`);
    return (rows as Record<string, unknown>[]).map((row) =>
      Object.fromEntries(columns.map((column) => [column, cellOf(row[column])])),
    );
  }
}

function cellOf(value: unknown): Cell {
  if (value === null) return null;
  if (!(value instanceof Uint8Array)) return { problem: `is larger than ${CELL_BYTES / 1024} KiB` };
  try {
    const text = decodeUtf8(value);
    return text.includes('\0') ? { problem: 'holds the character U+0000' } : text;
  } catch (error) {
    if (error instanceof FederationError) return { problem: 'is not valid UTF-8' };
    throw error;
  }
}

async function copyQuietFile(path: string, copy: string): Promise<void> {
  const before = await stateOf(path);
  if (before === null) throw new TransferRefused(`There is no file ${path}.`);
  for (const suffix of SUFFIXES) {
    if ((await stateOf(path + suffix)) !== null) await copyFile(path + suffix, copy + suffix);
  }
  if ((await stateOf(path)) !== before)
    throw new TransferRefused(`${path} is being written to: stop the Python daemon first.`);
}

async function stateOf(path: string): Promise<string | null> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new TransferRefused(`${path} is not a file.`);
    return `${stats.size} ${stats.mtimeMs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function onOpen<T>(
  sqlite: Sqlite & { exec(sql: string): void },
  path: string,
  work: (sqlite: Sqlite) => T,
): T {
  try {
    // A write-ahead log needs memory shared with others, unless there are no others.
    sqlite.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF');
    const [check] = sqlite.all('PRAGMA quick_check(1)') as { quick_check: string }[];
    if (check?.quick_check !== 'ok') throw new TransferRefused(`${path} is damaged: ${check?.quick_check}.`);
    return work(sqlite);
  } catch (error) {
    if ((error as Error).name !== 'SQLite3Error') throw error;
    throw new TransferRefused(`${path} cannot be read as a SQLite database: ${(error as Error).message}.`);
  } finally {
    sqlite.close();
  }
}
