import { describe, expect, it } from 'vitest';
import { Coalescer } from './coalescer.js';

/** A statement that ends when the test says so, and remembers what it was called with. */
class HeldStatement {
  readonly batches: (readonly string[])[] = [];
  #end: ((error?: Error) => void) | undefined;

  readonly run = async (items: readonly string[]): Promise<string[]> => {
    this.batches.push(items);
    await new Promise<void>((resolve, reject) => {
      this.#end = (error) => (error ? reject(error) : resolve());
    });
    return items.map((item) => item.toUpperCase());
  };

  /** Ends the statement that runs, and waits until the next one, if any, has begun. */
  async end(error?: Error): Promise<void> {
    await turn();
    this.#end?.(error);
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('calls in flight together', () => {
  it('share one statement when they come in one turn', async () => {
    const statement = new HeldStatement();
    const coalescer = new Coalescer(statement.run, { maxBatch: 10 });
    const answers = ['a', 'b', 'c'].map((item) => coalescer.submit(item));
    await statement.end();
    expect(statement.batches).toEqual([['a', 'b', 'c']]);
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C']);
  });

  it('wait for the running statement and go together, in order, into the next', async () => {
    const statement = new HeldStatement();
    const coalescer = new Coalescer(statement.run, { maxBatch: 10 });
    const answers = [coalescer.submit('a')];
    await turn();
    answers.push(coalescer.submit('b'));
    await turn();
    answers.push(coalescer.submit('c'), coalescer.submit('b'));
    expect(statement.batches).toEqual([['a']]);
    await statement.end();
    expect(statement.batches).toEqual([['a'], ['b', 'c', 'b']]);
    await statement.end();
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'B']);
  });

  it('never make a statement larger than allowed', async () => {
    const statement = new HeldStatement();
    const coalescer = new Coalescer(statement.run, { maxBatch: 2 });
    const answers = ['a', 'b', 'c', 'd', 'e'].map((item) => coalescer.submit(item));
    for (let i = 0; i < 3; i += 1) await statement.end();
    expect(statement.batches).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('fail together, and those of the next statement do not', async () => {
    const statement = new HeldStatement();
    const coalescer = new Coalescer(statement.run, { maxBatch: 2 });
    const outcomes = Promise.allSettled(['a', 'b', 'c'].map((item) => coalescer.submit(item)));
    await statement.end(new Error('connection lost'));
    await statement.end();
    expect((await outcomes).map((o) => (o.status === 'fulfilled' ? o.value : String(o.reason)))).toEqual([
      'Error: connection lost',
      'Error: connection lost',
      'C',
    ]);
  });
});

it('a lone call after a pause starts a statement of its own', async () => {
  const coalescer = new Coalescer((items: readonly number[]) => Promise.resolve(items.map((n) => n * 2)), {
    maxBatch: 10,
  });
  expect(await coalescer.submit(1)).toBe(2);
  await turn();
  expect(await coalescer.submit(2)).toBe(4);
});

it('a statement that throws at once rejects its callers too', async () => {
  const coalescer = new Coalescer<string, string>(
    () => {
      throw new Error('no connection');
    },
    { maxBatch: 10 },
  );
  await expect(coalescer.submit('a')).rejects.toThrow('no connection');
  await expect(coalescer.submit('b')).rejects.toThrow('no connection');
});

it('a statement with a missing result rejects its callers, as nobody can tell whose it is', async () => {
  const coalescer = new Coalescer((items: readonly string[]) => Promise.resolve(items.slice(1)), {
    maxBatch: 10,
  });
  const outcomes = await Promise.allSettled([coalescer.submit('a'), coalescer.submit('b')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
