import { expect, it } from 'vitest';
import { ReloadRequests } from './reload-requests.js';

function build() {
  const stop = new AbortController();
  const requests = new ReloadRequests(stop.signal);
  const finish: (() => void)[] = [];
  const reload = (): Promise<void> => new Promise((resolve) => finish.push(resolve));
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { stop, requests, finish, reload, settled };
}

it('a request before the start is answered once it has started, several by one', async () => {
  const { requests, finish, reload, settled } = build();
  requests.ask();
  requests.ask();
  await settled();
  expect(finish).toHaveLength(0);
  requests.started(reload);
  finish[0]!();
  await settled();
  expect(finish).toHaveLength(1);
});

it('nothing is read without a request', async () => {
  const { requests, finish, reload, settled } = build();
  requests.started(reload);
  await settled();
  expect(finish).toHaveLength(0);
});

it('requests during a reload are answered by one more, after it', async () => {
  const { requests, finish, reload, settled } = build();
  requests.started(reload);
  requests.ask();
  for (let more = 0; more < 3; more += 1) requests.ask();
  await settled();
  expect(finish).toHaveLength(1);
  finish[0]!();
  await settled();
  expect(finish).toHaveLength(2);
  finish[1]!();
  await settled();
  expect(finish).toHaveLength(2);
  requests.ask();
  expect(finish).toHaveLength(3);
});

it('none is answered once the daemon stops, also none that was waiting', async () => {
  const { stop, requests, finish, reload, settled } = build();
  requests.started(reload);
  requests.ask();
  requests.ask();
  stop.abort();
  finish[0]!();
  await settled();
  requests.ask();
  expect(finish).toHaveLength(1);
});
