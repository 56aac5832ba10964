import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Target } from './target.js';

let target: Target;
beforeAll(async () => void (target = await Target.start()));
afterAll(() => target.end());

const UUID = '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f';
const NO_TEXT = ['%00', '%ff', '%ed%a0%80', '%zz', '%'];

/** The text with a title that a list of tests can hold. */
function titled(texts: readonly string[]): [title: string, text: string][] {
  return texts.map((text) => [text.length > 90 ? `${text.slice(0, 40)}... (${text.length})` : text, text]);
}

describe.each(['active_only', 'include_blocked'])('GET /api/v1/peers with %s', (name) => {
  const values = ['', 'yes', '2', '-0', '1e0', 'null', '[]', '{}', '__proto__', 'x'.repeat(8192), ...NO_TEXT];
  const queries = [
    name,
    ...values.map((value) => `${name}=${value}`),
    `${name}=true&${name}=true`,
    `${name}=true&${name}=false&${name}=true`,
  ];

  it.each(titled(queries))('refuses %s', async (_title, query) => {
    await target.refuses({ method: 'GET', path: `/api/v1/peers?${query}` }, 'invalid_field');
  });
});

describe('GET /api/v1/peers with what nobody asks for', () => {
  const queries = [
    'active_only[]=no',
    '__proto__[active_only]=no',
    'toString=1',
    '?',
    '&&&=&=',
    '%zz',
    '%00=%00',
  ];

  it.each(queries)('does no harm: %s', async (query) => {
    const before = await target.tables();
    const heard = await target.ask({ method: 'GET', path: `/api/v1/peers?${query}` });
    expect(heard.status).toBe(200);
    expect(JSON.parse(heard.text)).toHaveLength(1);
    expect(await target.tables()).toEqual(before);
  });
});

describe('POST /api/v1/domain/verify', () => {
  const names = [
    ...['', 'http://free.example', 'a@free.example', '../free', 'free%20example', 'b%C3%BCcher.example'],
    ...['free.example%0a', 'x'.repeat(256), 'x'.repeat(8192), ...NO_TEXT],
  ];
  const uuids = ['', 'x', 'null', UUID.slice(1), `${UUID}0`, `{${UUID}}`, '0'.repeat(8192), ...NO_TEXT];
  const sound = `domain=free.example&server_uuid=${UUID}`;
  const queries = [
    ...['', 'x', 'domain=free.example', `server_uuid=${UUID}`],
    ...names.map((name) => `domain=${name}&server_uuid=${UUID}`),
    ...uuids.map((uuid) => `domain=free.example&server_uuid=${uuid}`),
    ...[`domain=free.example&${sound}`, `${sound}&server_uuid=${UUID}`],
    ...['domain[]', 'domain[0]', 'domain[name]', 'domain.name', '__proto__[domain]'].map(
      (key) => `${key}=free.example&server_uuid=${UUID}`,
    ),
    // Beyond what is read of a query string.
    'x=1&'.repeat(1000) + sound,
  ];

  it('answers where nothing is wrong', async () => {
    const heard = await target.ask({ method: 'POST', path: `/api/v1/domain/verify?${sound}` });
    expect(heard.status).toBe(200);
    expect(JSON.parse(heard.text)).toMatchObject({ domain: 'free.example', available: true });
  });

  it.each(titled(queries))('refuses %s', async (_title, query) => {
    await target.refuses({ method: 'POST', path: `/api/v1/domain/verify?${query}` }, 'invalid_field');
  });
});

describe('a name in a path', () => {
  const names = [
    ...[
      'b%C3%BCcher.example',
      'a%20b',
      'a%00b',
      '%00',
      'a%0ab',
      'a%2fb',
      '%2e%2e%2fa',
      '%e2%80%ae',
      '%7b%7d',
    ],
    ...['user%40peer.example', 'http%3a%2f%2fpeer.example', 'x'.repeat(256), 'x'.repeat(8192)],
  ];

  it.each(titled(names))('of a route is not %s', async (_title, name) => {
    await target.refuses({ method: 'POST', path: `/api/v1/route/${name}` }, 'invalid_field');
  });

  it.each(titled(names))('of a peer to trust is not %s', async (_title, name) => {
    const body = '{"trust":"blocked"}';
    await target.refuses({ method: 'PUT', path: `/api/v1/peers/${name}/trust`, body }, 'invalid_field');
  });

  it.each(['__proto__', 'constructor', 'toString', 'nobody.example'])(
    'may be %s, which nobody has',
    async (name) => {
      const heard = await target.ask({ method: 'POST', path: `/api/v1/route/${name}` });
      expect(JSON.parse(heard.text)).toMatchObject({ found: false, domain: name.toLowerCase() });
      const body = '{"trust":"blocked"}';
      await target.refuses({ method: 'PUT', path: `/api/v1/peers/${name}/trust`, body }, 'unknown_peer');
    },
  );
});
