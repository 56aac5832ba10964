import type { Database } from '../database/database.js';
import { quoted, TABLES } from './backup.js';
import { TransferRefused } from './refused.js';

/** Rows of one statement; their text is held at once. */
const BATCH_ROWS = 200;

interface Column {
  readonly table: string;
  readonly name: string;
  readonly identity: boolean;
}

/** Puts rows of a backup into empty tables, in whatever order they come. */
export class RowLoader {
  private batch: { readonly table: string; readonly rows: string[] } | null = null;
  private count = 0;

  private constructor(
    private readonly database: Database,
    private readonly file: string,
    private readonly columns: ReadonlyMap<string, readonly Column[]>,
  ) {}

  static async open(database: Database, file: string): Promise<RowLoader> {
    const columns = new Map<string, Column[]>();
    for (const { name } of await database.query<{ name: string }>(TABLES)) {
      columns.set(
        name,
        await database.query<Column>(
          `SELECT table_name AS table, column_name AS name, is_identity = 'YES' AS identity
           FROM information_schema.columns
           WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
          [name],
        ),
      );
    }
    return new RowLoader(database, file, columns);
  }

  async add(table: string, row: string): Promise<void> {
    if (!this.columns.has(table))
      throw new TransferRefused(`${this.file} holds a table that is not known: ${table}.`);
    if (this.batch !== null && (this.batch.table !== table || this.batch.rows.length >= BATCH_ROWS))
      await this.flush();
    this.batch ??= { table, rows: [] };
    this.batch.rows.push(row);
  }

  /** Answers the number of rows. */
  async finish(): Promise<number> {
    await this.flush();
    for (const { table, name, identity } of [...this.columns.values()].flat()) {
      if (!identity) continue;
      // Or the next row would be given a number that is taken.
      await this.database.query(
        `SELECT setval(pg_get_serial_sequence($1, $2), max(${quoted(name)})) FROM ${quoted(table)} HAVING max(${quoted(name)}) IS NOT NULL`,
        [quoted(table), name],
      );
    }
    return this.count;
  }

  private async flush(): Promise<void> {
    if (this.batch === null) return;
    const { table, rows } = this.batch;
    this.batch = null;
    const names = this.columns
      .get(table)!
      .map(({ name }) => quoted(name))
      .join(', ');
    await this.database.transaction(async (tx) => {
      // Rows refer to one another across tables, and all come from one database where that held.
      await tx.query('SET LOCAL session_replication_role = replica');
      await tx.query(
        `INSERT INTO ${quoted(table)} (${names}) OVERRIDING SYSTEM VALUE
         SELECT ${names} FROM json_populate_recordset(NULL::${quoted(table)}, $1::json)`,
        [`[${rows.join(',')}]`],
      );
    });
    this.count += rows.length;
  }
}
