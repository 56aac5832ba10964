import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createAdjustableLogger, createLogger, type LoggerOptions } from './pino-logger.js';
import type { Logger } from './logger.js';

const PEM = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----';
const TOKEN = 'Zq8-unguessable-token';

function capture(options: Partial<LoggerOptions> = {}): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (text: string): void => void lines.push(text) };
  return { log: createLogger({ level: 'debug', format: 'json', destination, ...options }), lines };
}

describe('a JSON log', () => {
  it('has one object a line, with level, time, component and fields', () => {
    const { log, lines } = capture();
    log.child({ component: 'gossip' }).info('Finished', { sent: 3 });
    expect(lines).toEqual([expect.stringMatching(/^[^\n]*\n$/)]);
    expect(JSON.parse(lines[0]!)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      component: 'gossip',
      sent: 3,
      msg: 'Finished',
    });
  });

  it.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
  ] as const)('at level %s has %i of four lines', (level, count) => {
    const { log, lines } = capture({ level });
    log.debug('a');
    log.info('a');
    log.warn('a');
    log.error('a');
    expect(lines).toHaveLength(count);
  });
});

describe('a pretty log', () => {
  it('is for people: level, component, message and fields on a line', () => {
    const { log, lines } = capture({ format: 'pretty' });
    log.child({ component: 'gossip' }).warn('Waiting', { for: 'a.example' });
    expect(lines.join('')).toMatch(/^\[[\d:.]+\] WARN: \[gossip\] Waiting \{"for":"a\.example"\}\n$/);
  });

  it('lets nobody forge a line or drive the terminal', () => {
    const { log, lines } = capture({ format: 'pretty' });
    log.warn('a\n[00:00:00.000] ERROR: forged \u001b[2J', { serverId: 'b\n\u001b[2Jc' });
    expect(lines.join('')).not.toContain('\u001b');
    expect(lines.join('').trimEnd()).not.toContain('\n');
  });

  it('shows the stack of an error on lines of its own', () => {
    const { log, lines } = capture({ format: 'pretty' });
    log.error('Failed', { error: new Error('why') });
    expect(lines.join('')).toMatch(/ERROR: Failed *\n[\s\S]*\n +Error: why\n +at /);
  });
});

describe.each(['json', 'pretty'] as const)('in %s', (format) => {
  it('no secret and no private key comes out', () => {
    const { log, lines } = capture({ format, secrets: [TOKEN] });
    for (const secret of [TOKEN, PEM]) {
      const error = Object.assign(new Error(`m ${secret}`, { cause: new Error(`c ${secret}`) }), {
        extra: [secret],
      });
      log
        .child({ component: secret })
        .error(`message ${secret}`, { secret, nested: { [secret]: secret }, error });
    }
    expect(lines).toHaveLength(2);
    expect(lines.join('')).toContain('[redacted]');
    expect(lines.join('')).not.toMatch(/unguessable|MIIEvQ/);
  });

  it('the same text would come out if it were no secret', () => {
    const { log, lines } = capture({ format });
    log.error(`message ${TOKEN}`, { error: new Error(TOKEN) });
    expect(lines.join('').match(/unguessable/g)!.length).toBeGreaterThan(2);
  });
});

it('level and secrets change for all children at once, and what was secret stays so', () => {
  const lines: string[] = [];
  const { logger, adjust } = createAdjustableLogger({
    level: 'info',
    format: 'json',
    secrets: [TOKEN],
    destination: { write: (text) => void lines.push(text) },
  });
  const child = logger.child({ component: 'gossip' });
  child.debug('unseen');
  adjust({ level: 'debug', secrets: ['another-secret'] });
  child.debug(`${TOKEN} and another-secret`);
  adjust({ level: 'error' });
  child.warn('unseen');
  logger.warn('unseen');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    '[redacted] and [redacted]',
  ]);
});

describe('a file descriptor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lattice-log-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['json', 'pretty'] as const)('holds every %s line as soon as the call returns', (format) => {
    const file = join(folder, format);
    const log = createLogger({ level: 'info', format, destination: openSync(file, 'w') });
    for (let i = 0; i < 100; i += 1) log.info('words');
    log.info('last words');
    expect(readFileSync(file, 'utf8')).toContain('last words');
  });

  it.skipIf(!existsSync('/dev/full'))('on a full disk costs lines, not the process', async () => {
    const log = createLogger({ level: 'info', format: 'json', destination: openSync('/dev/full', 'w') });
    for (let i = 0; i < 3; i += 1) {
      log.info('lost');
      await setImmediate();
    }
  });
});
