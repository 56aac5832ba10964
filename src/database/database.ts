import type { Pool, PoolClient, QueryResult } from 'pg';
import {
  asCodedError,
  connectionFailure,
  failureOf,
  isDatabaseError,
  isPoolTimeout,
  isUnavailable,
  poolExhausted,
  type DatabaseFailure,
} from './failures.js';

export type DatabaseKind = 'postgres' | 'embedded';

/** The connections of the pool, and how many wait for one. */
export interface PoolLoad {
  readonly busy: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Runs one SQL statement with `$1`-style parameters and answers its rows, those of `RETURNING` included. */
export interface Queryable {
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/**
 * The one way to the database, PostgreSQL or embedded; also its Nest token.
 *
 * A timestamptz is answered as milliseconds since the epoch (its microseconds as the fraction), an int8 as a number;
 * a time is written as the text of `formatTimestamp`. While the database cannot be reached or does not answer in
 * time every method fails with `database_unavailable`, and works again as soon as the database does.
 *
 * Statements go straight to the pool that TypeORM's data source owns: its query runner costs a fifth of the
 * throughput, answers `[rows, count]` to an UPDATE, and would hand a dead connection to the next caller.
 */
export class Database implements Queryable {
  #closing: Promise<void> | null = null;
  readonly #failures: Record<DatabaseFailure, number> = { unavailable: 0, busy: 0, statement: 0 };

  constructor(
    readonly kind: DatabaseKind,
    private readonly pool: Pool,
    private readonly release: () => Promise<void>,
  ) {}

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.withClient(async (client) => (await run(client, sql, parameters)).rows as Row[]);
  }

  /**
   * As `query`, for the few statements that most requests come down to: PostgreSQL parses and plans them once a
   * connection, which halves what they cost it, and they take a quarter less time here. The embedded database, where all
   * share one session, reads them anew.
   * @param name belongs to this text alone
   */
  async queryOften<Row>(name: string, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    if (this.kind === 'embedded') return this.query(sql, parameters);
    const statement = { name, text: sql, values: [...parameters] };
    return this.withClient(async (client) => (await client.query(statement)).rows as Row[]);
  }

  /**
   * Commits when `work` resolves; rolls back when it rejects, and rejects with the same error.
   *
   * Inside, use `tx` alone: a statement sent past it does not belong to the transaction, and on the embedded
   * database, which has one session, it waits for the transaction that waits for it until the gate refuses it.
   * Where the connection breaks during the commit itself, whether it happened is unknown: `work` must bear repeating.
   */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.withClient(async (client) => {
      const tx = new Transaction(client);
      await run(client, 'BEGIN');
      try {
        const result = await work(tx);
        tx.finish();
        await commit(client);
        return result;
      } catch (error) {
        tx.finish();
        // Otherwise the connection is thrown away, and its transaction with it.
        if (!isUnavailable(error)) await run(client, 'ROLLBACK');
        throw error;
      }
    });
  }

  async isReachable(): Promise<boolean> {
    try {
      await this.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  /** How often work failed since the start, by why. */
  get failures(): Readonly<Record<DatabaseFailure, number>> {
    return this.#failures;
  }

  get load(): PoolLoad {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  /** Waits for the statements in flight; afterwards every method fails with `database_unavailable`. */
  close(): Promise<void> {
    this.#closing ??= this.release();
    return this.#closing;
  }

  private async connect(): Promise<PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      this.#failures[failureOf(error)] += 1;
      throw isPoolTimeout(error) ? poolExhausted(error, this.kind) : connectionFailure(error);
    }
  }

  /** What the work itself refuses, inside a transaction, is no fault of the database. */
  private note(error: unknown): void {
    const failure = failureOf(error);
    if (failure !== 'statement' || isDatabaseError(error)) this.#failures[failure] += 1;
  }

  private async withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.connect();
    // A connection that breaks while it is lent out says so as an event too, which would end the process unheard.
    const onError = (): void => undefined;
    client.on('error', onError);
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = isUnavailable(error);
      this.note(error);
      throw asCodedError(error);
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }
}

/** The statements of one transaction; refuses to be used once that is over. */
class Transaction implements Queryable {
  private finished = false;

  constructor(private readonly client: PoolClient) {}

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    if (this.finished) throw new Error('A statement was sent through a transaction that is over.');
    try {
      return (await run(this.client, sql, parameters)).rows as Row[];
    } catch (error) {
      throw asCodedError(error);
    }
  }

  finish(): void {
    this.finished = true;
  }
}

function run(client: PoolClient, sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
  return client.query(sql, [...parameters]);
}

async function commit(client: PoolClient): Promise<void> {
  const { command } = await run(client, 'COMMIT');
  // PostgreSQL answers COMMIT with ROLLBACK, and no error, where a statement failed and the failure was swallowed.
  if (command !== 'COMMIT') throw new Error('The transaction was rolled back: a statement in it had failed.');
}
