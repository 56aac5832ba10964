import { describe, expect, it } from 'vitest';
import { ServiceManager, type Notice } from './service-manager.js';
import { pulseMs } from './systemd.js';

class Recording extends ServiceManager {
  readonly isListening = true;
  readonly pulseMs = null;
  readonly notices: Notice[] = [];

  protected tell(notice: Notice): void {
    this.notices.push(notice);
  }
}

function told(say: (manager: ServiceManager) => void): Notice | undefined {
  const manager = new Recording();
  say(manager);
  return manager.notices[0];
}

describe('what a service manager is told', () => {
  it.each<[string, (manager: ServiceManager) => void, Notice]>([
    [
      'a start asks for time in microseconds',
      (manager) => manager.starting('waiting', 300_000),
      { STATUS: 'waiting', EXTEND_TIMEOUT_USEC: '300000000' },
    ],
    ['the end of a start', (manager) => manager.ready('running'), { READY: '1', STATUS: 'running' }],
    ['the end of a reload', (manager) => manager.ready(), { READY: '1' }],
    ['a status', (manager) => manager.status('3 neighbours'), { STATUS: '3 neighbours' }],
    ['a sign of life', (manager) => manager.alive(), { WATCHDOG: '1' }],
    [
      'a stop',
      (manager) => manager.stopping(10_000),
      { STOPPING: '1', STATUS: 'stopping', EXTEND_TIMEOUT_USEC: '10000000' },
    ],
  ])('%s', (_, say, notice) => {
    expect(told(say)).toEqual(notice);
  });

  it('a reload carries the time of the monotonic clock', () => {
    const before = process.hrtime.bigint() / 1000n;
    const notice = told((manager) => manager.reloading());
    expect(notice).toMatchObject({ RELOADING: '1' });
    const at = BigInt(notice?.['MONOTONIC_USEC'] ?? 0);
    expect(at >= before && at <= process.hrtime.bigint() / 1000n).toBe(true);
  });

  it('a status is one line of bounded length, so it can neither add a variable nor flood', () => {
    expect(told((manager) => manager.status('waiting:\n  READY=1\r\n\0done'))).toEqual({
      STATUS: 'waiting: READY=1 done',
    });
    const long = told((manager) => manager.status('x'.repeat(10_000)))?.['STATUS'];
    expect(long).toBe(`${'x'.repeat(197)}...`);
  });
});

describe('the pulse', () => {
  it.each([
    ['is half of what systemd allows', { WATCHDOG_USEC: '60000000' }, 30_000],
    ['is meant for this process', { WATCHDOG_USEC: '60000000', WATCHDOG_PID: '42' }, 30_000],
    ['is not meant for another', { WATCHDOG_USEC: '60000000', WATCHDOG_PID: '43' }, null],
    ['is none where systemd does not watch', {}, null],
    ['is none where the time is no number', { WATCHDOG_USEC: 'soon' }, null],
  ])('%s', (_, env, expected) => {
    expect(pulseMs(env, 42)).toBe(expected);
  });
});
