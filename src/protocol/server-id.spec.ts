import { describe, expect, it } from 'vitest';
import { defaultServerId, isDnsName, isServerId, normalizeServerId } from './server-id.js';

describe('a server id', () => {
  it.each(['a', 'acme-corp', 'chat.example.org', 'A_b.C-9', '.', '-', 'x'.repeat(255)])(
    'may be %s',
    (text) => {
      expect(isServerId(text)).toBe(true);
    },
  );

  it.each(['', 'x'.repeat(256), 'a b', ' a', 'a\n', 'a/b', 'a@b', 'a:1', 'bücher', 'İ', '\0', 'a%20b'])(
    'may not be %j',
    (text) => {
      expect(isServerId(text)).toBe(false);
    },
  );

  it('is compared in lower case', () => {
    expect(normalizeServerId('Chat.Example.ORG')).toBe('chat.example.org');
  });

  it('is made from the fingerprint where none is given', () => {
    expect(defaultServerId('285255FA076789FA19E9D465E16D4679')).toBe('lattice-285255fa');
  });
});

describe('a DNS name', () => {
  it.each(['chat.example.org', 'a.b', 'A-1.example', '_x.example', '1.example', `${'x'.repeat(63)}.org`])(
    'is %s',
    (id) => {
      expect(isDnsName(id)).toBe(true);
    },
  );

  it.each([
    ...['acme-corp', 'localhost', '', '.', 'a.', '.a', 'a..b', '-a.org', 'a-.org', `${'x'.repeat(64)}.org`],
    ...['127.0.0.1', '10.1', '1.2.3.0x4', 'a.0x', 'a b.org', `${'x.'.repeat(126)}xx`],
  ])('is not %s', (id) => {
    expect(isDnsName(id)).toBe(false);
  });
});
