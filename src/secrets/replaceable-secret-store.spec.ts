import { expect, it } from 'vitest';
import { ReplaceableSecretStore } from './replaceable-secret-store.js';
import { SecretStore } from './secret-store.js';

/** A store that answers when the test lets it. */
class StagedStore extends SecretStore {
  isClosed = false;
  readonly answers: ((value: string) => void)[] = [];

  read(): Promise<string> {
    return new Promise((resolve) => this.answers.push(resolve));
  }
  write = (): Promise<void> => Promise.resolve();
  promote = (): Promise<void> => Promise.resolve();
  remove = (): Promise<void> => Promise.resolve();
  override close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

it('a store is closed when its last call is over, and the next call goes to the other one', async () => {
  const [first, second] = [new StagedStore(), new StagedStore()];
  const store = new ReplaceableSecretStore(first);
  const slow = store.read('admin_token');
  store.replace(second);
  const next = store.read('admin_token');
  second.answers[0]!('new');
  expect(await next).toBe('new');
  expect(first.isClosed).toBe(false);
  first.answers[0]!('old');
  expect(await slow).toBe('old');
  await new Promise((resolve) => setImmediate(resolve));
  expect([first.isClosed, second.isClosed]).toEqual([true, false]);
  await store.close();
  expect(second.isClosed).toBe(true);
});
