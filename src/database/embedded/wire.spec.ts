import { describe, expect, it } from 'vitest';
import { endsIdle, firstGroup, queryMessage, WELCOME } from './wire.js';

const message = (type: string, content = ''): Buffer => {
  const bytes = Buffer.alloc(5 + content.length);
  bytes.write(type);
  bytes.writeInt32BE(4 + content.length, 1);
  bytes.write(content, 5);
  return bytes;
};
const startup = Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0]);
const statement = Buffer.concat([
  message('P', 'parse'),
  message('B'),
  message('D'),
  message('E'),
  message('S'),
]);

describe('the first group of messages', () => {
  it('is the startup, and only at the beginning', () => {
    expect(firstGroup(Buffer.concat([startup, statement]), true)).toEqual({
      kind: 'startup',
      bytes: startup,
    });
  });

  it.each([
    ['everything up to a Sync', statement],
    ['a simple query', queryMessage('SELECT ü')],
  ])('is %s, whatever follows', (_what, group) => {
    expect(firstGroup(group, false)).toEqual({ kind: 'statement', bytes: group });
    expect(firstGroup(Buffer.concat([group, statement]), false)).toEqual({ kind: 'statement', bytes: group });
  });

  it('is the goodbye', () => {
    expect(firstGroup(message('X'), false)).toEqual({ kind: 'terminate', bytes: message('X') });
  });

  it.each([
    ['startup', startup, true],
    ['statement', statement, false],
    ['simple query', queryMessage('SELECT 1'), false],
  ])('has not arrived while a byte of the %s is missing', (_what, group, expectStartup) => {
    for (let length = 0; length < group.length; length += 1) {
      expect(firstGroup(group.subarray(0, length), expectStartup)).toBeNull();
    }
  });
});

describe('an answer', () => {
  const ready = (status: string): Buffer => Buffer.concat([message('C', 'SELECT 1\0'), message('Z', status)]);

  it.each([
    ['I', true],
    ['T', false],
    ['E', false],
  ])('that ends with the status %s is outside of transactions: %s', (status, idle) => {
    expect(endsIdle(ready(status))).toBe(idle);
  });

  it('without an end is none', () => {
    expect(endsIdle(Buffer.alloc(0))).toBeNull();
    expect(endsIdle(message('C', 'SELECT 1\0'))).toBeNull();
  });

  it('to a startup lets the client in', () => {
    expect(endsIdle(WELCOME)).toBe(true);
  });
});
