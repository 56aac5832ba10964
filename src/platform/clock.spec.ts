import { describe, expect, it } from 'vitest';
import { SystemClock } from './clock.js';
import { ManualClock } from './manual-clock.js';

describe('a manual clock', () => {
  it('stands still until it is advanced', async () => {
    const clock = new ManualClock(1_000);
    expect(clock.now()).toBe(1_000);
    await clock.advance(250);
    expect(clock.now()).toBe(1_250);
  });

  it('fires due timers in order of their times, each at its own', async () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    for (const [name, ms] of [
      ['late', 30],
      ['early', 10],
      ['also early', 10],
      ['after', 31],
    ] as const) {
      clock.after(ms, () => fired.push(`${name} at ${clock.now()}`));
    }
    await clock.advance(30);
    expect(fired).toEqual(['early at 10', 'also early at 10', 'late at 30']);
    await clock.advance(1);
    expect(fired.at(-1)).toBe('after at 31');
  });

  it('fires what a timer starts within the same span', async () => {
    const clock = new ManualClock(0);
    const ticks: number[] = [];
    const tick = (): void => {
      ticks.push(clock.now());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    await clock.advance(35);
    expect(ticks).toEqual([10, 20, 30]);
  });

  it('lets a sleeper go on to its next sleep within the same span', async () => {
    const clock = new ManualClock(0);
    let wokeAt = 0;
    const sleeper = (async (): Promise<void> => {
      await clock.sleep(10);
      await clock.sleep(10);
      wokeAt = clock.now();
    })();
    await clock.advance(20);
    await sleeper;
    expect(wokeAt).toBe(20);
  });

  it('never fires a cancelled timer', async () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    clock.after(10, () => fired.push('kept'));
    clock.after(10, () => fired.push('cancelled')).cancel();
    await clock.advance(20);
    expect(fired).toEqual(['kept']);
  });
});

describe('a sleeper', () => {
  it('wakes with the reason when its signal is aborted', async () => {
    const clock = new ManualClock(0);
    const abort = new AbortController();
    const sleeping = clock.sleep(10, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
  });

  it('does not fall asleep when its signal was aborted before', async () => {
    await expect(new ManualClock().sleep(10, AbortSignal.abort(new Error('too late')))).rejects.toThrow(
      'too late',
    );
  });

  it('is not disturbed by a signal aborted after it woke', async () => {
    const clock = new ManualClock(0);
    const abort = new AbortController();
    const sleeping = clock.sleep(10, abort.signal);
    await clock.advance(10);
    abort.abort();
    await expect(sleeping).resolves.toBeUndefined();
  });
});

describe('the system clock', () => {
  const clock = new SystemClock();
  const passes = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it('fires after the time given, and not when cancelled', async () => {
    const fired: string[] = [];
    clock.after(1, () => fired.push('short'));
    clock.after(1, () => fired.push('cancelled')).cancel();
    await passes(20);
    expect(fired).toEqual(['short']);
  });

  it('waits for longer than Node can in one go, where Node itself would fire at once', async () => {
    let hasFired = false;
    const timer = clock.after(2 ** 31 + 5, () => (hasFired = true));
    await passes(20);
    timer.cancel();
    expect(hasFired).toBe(false);
  });
});
