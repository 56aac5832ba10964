import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NameLookups } from './name-lookups.js';

type Asked = Parameters<LookupFunction>[2];

/** A resolver that answers when it is told to, or never. */
function start(waitMs?: number) {
  const running = new Map<string, Asked>();
  const asked: string[] = [];
  const lookups = new NameLookups((hostname, _options, callback) => {
    asked.push(hostname);
    running.set(hostname, callback);
  }, waitMs);
  const lookUp = (hostname: string): Promise<string> =>
    new Promise((resolve, reject) => {
      lookups.lookUp(hostname, {}, (error, addresses) => {
        if (error === null) resolve(addresses.map(({ address }) => address).join());
        else reject(error);
      });
    });
  const answer = (hostname: string, address: string): void => {
    running.get(hostname)!(null, [{ address, family: 4 }]);
    running.delete(hostname);
  };
  const fail = (hostname: string, code: string): void => {
    running.get(hostname)!(Object.assign(new Error(code), { code }), '', 0);
    running.delete(hostname);
  };
  /** Has a name resolved, so that its addresses are remembered. */
  const resolved = async (hostname: string, address: string): Promise<void> => {
    const answered = lookUp(hostname);
    answer(hostname, address);
    await answered;
  };
  return { lookUp, answer, fail, resolved, asked, running };
}

describe('look-ups of names that are swallowed', () => {
  it('hold one thread, for as long as they really run', async () => {
    const { lookUp, running, fail } = start(1);
    const given = Array.from({ length: 50 }, (_, i) => lookUp(`${i}.swallowed.example`));
    void given.shift()!.catch(() => undefined);
    // All that wait are given up before they had their turn.
    for (const each of given) await expect(each).rejects.toMatchObject({ reason: 'timeout' });
    expect([...running.keys()]).toEqual(['0.swallowed.example']);
    fail('0.swallowed.example', 'EAI_AGAIN');
    expect(running.size).toBe(0);
  });

  it('do not queue without bound: one name more is refused at once', async () => {
    const { lookUp, asked } = start(3_600_000);
    for (let i = 0; i < 101; i += 1) void lookUp(`${i}.swallowed.example`).catch(() => undefined);
    await expect(lookUp('next.example')).rejects.toMatchObject({ reason: 'connection' });
    expect(asked).toEqual(['0.swallowed.example']);
  });

  it('take no room from others once they were given up', async () => {
    const { lookUp, answer, asked } = start(1);
    void lookUp('swallowed.example').catch(() => undefined);
    const given = Array.from({ length: 100 }, (_, i) => lookUp(`${i}.swallowed.example`));
    for (const each of given) await expect(each).rejects.toMatchObject({ reason: 'timeout' });
    const next = lookUp('next.example');
    answer('swallowed.example', '192.0.2.1');
    expect(asked).toEqual(['swallowed.example', 'next.example']);
    answer('next.example', '192.0.2.2');
    expect(await next).toBe('192.0.2.2');
  });

  it('do not keep from us a host that resolved lately', async () => {
    const { lookUp, resolved, answer, asked } = start();
    await resolved('neighbor.example', '192.0.2.1');
    void lookUp('swallowed.example').catch(() => undefined);
    expect(await lookUp('neighbor.example')).toBe('192.0.2.1');
    expect(await lookUp('neighbor.example')).toBe('192.0.2.1');
    answer('swallowed.example', '192.0.2.2');
    // It had its turn then, once, and what it brought counts.
    expect(asked).toEqual(['neighbor.example', 'swallowed.example', 'neighbor.example']);
    answer('neighbor.example', '192.0.2.3');
    void lookUp('swallowed-2.example').catch(() => undefined);
    expect(await lookUp('neighbor.example')).toBe('192.0.2.3');
  });

  it('nor where its own look-up is swallowed, until the servers say that it is gone', async () => {
    const { lookUp, resolved, fail } = start();
    await resolved('neighbor.example', '192.0.2.1');
    for (const code of ['EAI_AGAIN', 'ENOTFOUND']) {
      const first = lookUp('neighbor.example');
      expect(await lookUp('neighbor.example')).toBe('192.0.2.1');
      fail('neighbor.example', code);
      await expect(first).rejects.toMatchObject({ code });
    }
    void lookUp('neighbor.example').catch(() => undefined);
    const next = lookUp('neighbor.example');
    fail('neighbor.example', 'ENOTFOUND');
    await expect(next).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('each domain has its turn: many names of one do not come before another', async () => {
    const { lookUp, answer, asked } = start();
    for (let i = 0; i < 10; i += 1) void lookUp(`${i}.swallowed.example`).catch(() => undefined);
    const honest = lookUp('chat.honest.example');
    answer('0.swallowed.example', '192.0.2.1');
    answer('1.swallowed.example', '192.0.2.1');
    expect(asked).toEqual(['0.swallowed.example', '1.swallowed.example', 'chat.honest.example']);
    answer('chat.honest.example', '192.0.2.9');
    expect(await honest).toBe('192.0.2.9');
  });
});

it('who asks for the same name at the same time shares the look-up, and the next one is made anew', async () => {
  const { lookUp, answer, asked } = start();
  const both = [lookUp('a.example'), lookUp('a.example')];
  answer('a.example', '192.0.2.1');
  expect(await Promise.all(both)).toEqual(['192.0.2.1', '192.0.2.1']);
  const next = lookUp('a.example');
  answer('a.example', '192.0.2.2');
  expect(await next).toBe('192.0.2.2');
  expect(asked).toEqual(['a.example', 'a.example']);
});
