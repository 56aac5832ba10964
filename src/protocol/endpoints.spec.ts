import { describe, expect, it } from 'vitest';
import { announcementCandidates, checkEndpoints, endpointPath, ipLiteralOf } from './endpoints.js';

describe('a path under a base', () => {
  it.each([
    ['https://a.example', 'https://a.example/status'],
    ['https://a.example/', 'https://a.example/status'],
    ['https://a.example/discovery', 'https://a.example/discovery/status'],
    ['https://a.example/discovery//', 'https://a.example/discovery/status'],
  ])('%s', (base, url) => {
    expect(endpointPath(base, '/status')).toBe(url);
  });
});

describe('where an announcement may be, by the federation endpoint', () => {
  it.each([
    [
      'https://a.example/discovery/api/v1/federation',
      [
        'https://a.example/discovery/api/v1/announcement',
        'https://a.example/discovery/api/v1/discovery/api/v1/announcement',
        'https://a.example/api/v1/announcement',
      ],
    ],
    [
      'https://a.example:8443/api/v1/federation/',
      [
        'https://a.example:8443/api/v1/announcement',
        'https://a.example:8443/api/v1/discovery/api/v1/announcement',
        'https://a.example:8443/discovery/api/v1/announcement',
      ],
    ],
    [
      'http://a.example/x/federation',
      [
        'http://a.example/x/discovery/api/v1/announcement',
        'http://a.example/discovery/api/v1/announcement',
        'http://a.example/api/v1/announcement',
      ],
    ],
    [
      'https://a.example',
      ['https://a.example/discovery/api/v1/announcement', 'https://a.example/api/v1/announcement'],
    ],
    [
      'https://user:secret@a.example/x?y#z',
      ['https://a.example/discovery/api/v1/announcement', 'https://a.example/api/v1/announcement'],
    ],
  ])('%s', (endpoint, candidates) => {
    expect(announcementCandidates(endpoint)).toEqual(candidates);
  });

  it.each(['', 'a.example', 'ftp://a.example/federation', 'https://', 'javascript:alert(1)'])(
    '%j leads nowhere',
    (endpoint) => {
      expect(announcementCandidates(endpoint)).toEqual([]);
    },
  );
});

describe('the endpoints of an announcement', () => {
  it.each([
    ['https://a.example/f', 'https://a.example/d'],
    ['http://a.example', 'http://a.example/'],
    ['HTTPS://A.example/f', 'https://a.example:443/d'],
    ['https://[2001:db8::1]:1113/f', 'https://[2001:db8::1]:1113/d'],
    [`https://a.example/${'x'.repeat(2048 - 18)}`, 'https://a.example'],
  ])('%s and %s are fine', (federation, discovery) => {
    expect(() => checkEndpoints({ federation, discovery })).not.toThrow();
  });

  const federation = 'https://a.example/f';
  it.each([
    ['no URL', 'a.example/x'],
    ['no host', 'https://'],
    ['no host but a path', 'https:///a.example/x'],
    ['another scheme', 'ftp://a.example/d'],
    ['a user', 'https://user@a.example/d'],
    ['a password', 'https://:secret@a.example/d'],
    ['another host', 'https://b.example/d'],
    ['another port', 'https://a.example:8443/d'],
    ['another scheme than the first', 'http://a.example/d'],
    ['a space', 'https://a.example/ x'],
    ['a tab that parsers drop', 'https://a.exa\tmple/d'],
    ['a line feed at the end', 'https://a.example/d\n'],
    ['a backslash', 'https:\\\\a.example\\d'],
    ['a query', 'https://a.example/d?x='],
    ['a fragment', 'https://a.example/d#'],
    ['a port beyond 65535', 'https://a.example:65536/d'],
    ['more than 2048 characters', `https://a.example/${'x'.repeat(2048 - 17)}`],
  ])('%s is refused', (_, discovery) => {
    const refusal = expect.objectContaining({
      code: 'invalid_field',
      extra: { field: 'endpoints.discovery' },
    }) as Error;
    expect(() => checkEndpoints({ federation, discovery })).toThrow(refusal);
  });

  it('a fault of the federation endpoint is named as such', () => {
    const refusal = expect.objectContaining({ extra: { field: 'endpoints.federation' } }) as Error;
    expect(() => checkEndpoints({ federation: 'x', discovery: 'https://a.example' })).toThrow(refusal);
  });
});

describe('an address in place of a name', () => {
  it.each([
    ['http://127.0.0.1:1113/x', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f.0.0.1/', '127.0.0.1'],
    ['http://0177.0.0.1./', '127.0.0.1'],
    ['http://１２７.0.0.1/', '127.0.0.1'],
    ['http://[::1]/', '::1'],
    ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
  ])('%s is %s', (url, address) => {
    expect(ipLiteralOf(url)).toBe(address);
  });

  it.each(['https://a.example/127.0.0.1', 'https://127.0.0.1.example/', 'not a url', 'ftp://127.0.0.1/'])(
    '%s has none',
    (url) => {
      expect(ipLiteralOf(url)).toBeNull();
    },
  );
});
