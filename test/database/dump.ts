import type { Queryable } from '../../src/database/database.js';

/** Every row of every table as JSON text, by table; times to the microsecond. */
export async function rowsOf(database: Queryable): Promise<Record<string, Record<string, unknown>[]>> {
  const tables = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_name <> 'migrations' ORDER BY 1`,
  );
  const dump: Record<string, Record<string, unknown>[]> = {};
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(
      `SELECT row_to_json(t)::text AS row FROM ${name} t ORDER BY 1`,
    );
    dump[name] = rows.map(({ row }) => JSON.parse(row) as Record<string, unknown>);
  }
  return dump;
}

/** What a database consists of beside its rows; the order of columns is none of it. */
export async function schemaOf(database: Queryable): Promise<string[]> {
  const rows = await database.query<{ line: string }>(
    `SELECT table_name || '.' || column_name || ' ' || data_type || ' null:' || is_nullable || ' default:' ||
            coalesce(column_default, '') || ' identity:' || is_identity AS line
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'
     UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
     UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'migrations'
     UNION ALL SELECT relname || ' ' || reloptions::text FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
     ORDER BY 1`,
  );
  return rows.map(({ line }) => line);
}
