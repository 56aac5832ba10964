import { expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { ServiceManager, type Notice } from '../platform/service-manager.js';
import { keepInformed } from './keep-informed.js';

class Listener extends ServiceManager {
  readonly notices: Notice[] = [];

  constructor(
    readonly isListening: boolean,
    readonly pulseMs: number | null,
  ) {
    super();
  }

  take(): Notice[] {
    return this.notices.splice(0);
  }

  protected tell(notice: Notice): void {
    this.notices.push(notice);
  }
}

function informed(manager: Listener, describe: () => Promise<string>) {
  const [clock, stop] = [new ManualClock(), new AbortController()];
  keepInformed({ describe }, { manager, clock, signal: stop.signal });
  return { clock, stop };
}

it('tells that the daemon is ready, then at each turn that it lives, and the status when it has changed', async () => {
  const manager = new Listener(true, 20_000);
  let status = 'first';
  const { clock } = informed(manager, () => Promise.resolve(status));
  await clock.advance(0);
  expect(manager.take()).toEqual([{ READY: '1', STATUS: 'running' }, { WATCHDOG: '1' }, { STATUS: 'first' }]);
  await clock.advance(30_000);
  expect(manager.take()).toEqual([{ WATCHDOG: '1' }]);
  status = 'second';
  await clock.advance(30_000);
  expect(manager.take()).toEqual([{ WATCHDOG: '1' }, { STATUS: 'second' }, { WATCHDOG: '1' }]);
});

it('lives on, and says so, while the health check hangs or fails', async () => {
  const hanging = new Listener(true, 20_000);
  const { clock } = informed(hanging, () => new Promise(() => undefined));
  await clock.advance(60_000);
  expect(hanging.take().filter((notice) => 'WATCHDOG' in notice)).toHaveLength(4);

  const failing = new Listener(true, null);
  await informed(failing, () => Promise.reject(new Error('oops'))).clock.advance(0);
  expect(failing.take()).toContainEqual({ STATUS: 'degraded: the health check fails' });
});

it('says nothing more once the stop has begun, also of a check that was under way', async () => {
  const manager = new Listener(true, 20_000);
  let answer: (status: string) => void = () => undefined;
  const { clock, stop } = informed(manager, () => new Promise((resolve) => (answer = resolve)));
  manager.take();
  stop.abort();
  answer('too late');
  await clock.advance(120_000);
  expect(manager.notices).toEqual([]);
});

it('asks nobody how it is doing where nobody listens', async () => {
  let asked = 0;
  const manager = new Listener(false, null);
  const { clock } = informed(manager, () => Promise.resolve(String((asked += 1))));
  await clock.advance(120_000);
  expect([asked, manager.notices]).toEqual([0, []]);
});
