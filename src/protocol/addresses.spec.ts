import { describe, expect, it } from 'vitest';
import { splitAddress } from './addresses.js';

describe('an address', () => {
  it.each([
    ['alice@a.example', 'alice', 'a.example'],
    ['a@b@c', 'a@b', 'c'],
    ['@b@c', '@b', 'c'],
    ['a@ ', 'a', ' '],
    ['alice@a.example:8443', 'alice', 'a.example:8443'],
  ])('%j is split at the last @', (text, user, serverId) => {
    expect(splitAddress(text)).toEqual({ user, serverId });
  });

  it.each(['', 'alice', '@', 'alice@', '@a.example'])('%j lacks a part', (text) => {
    expect(splitAddress(text)).toBeNull();
  });
});
