import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.js';
import { allHandlers } from '../support/handlers.js';
import { PARAMETERS, UUID, wrongPaths } from './parameters.js';
import { Target } from './target.js';

/** The text with a title that a list of tests can hold. */
function titled(texts: readonly string[]): [title: string, text: string][] {
  return texts.map((text) => [text.length > 140 ? `${text.slice(0, 90)}... (${text.length})` : text, text]);
}

it('there are cases for every parameter that a handler reads, and for no other', async () => {
  const read = (await allHandlers()).flatMap(({ endpoint, parameters }) =>
    parameters.map((name) => `${endpoint} ${name}`),
  );
  expect(PARAMETERS.map(({ endpoint, name }) => `${endpoint} ${name}`).sort()).toEqual(read.sort());
});

onEachDatabase('a daemon', (under) => {
  let target: Target;
  beforeAll(async () => {
    target = await Target.start({}, under);
    // As at every start; else whoever asks for a record first would have ours made.
    await target.daemon.task('refresh-record');
  });
  afterAll(() => target.end());

  describe.each(PARAMETERS)('asked $endpoint, its $name', (parameter) => {
    const { endpoint, name, field = name, body } = parameter;
    const method = endpoint.split(' ')[0]!;

    it.each(titled(wrongPaths(parameter)))('refuses %s', async (_title, path) => {
      await target.refusesFor(field, { method, path, body }, 'invalid_field');
    });
  });

  describe('asked GET /api/v1/peers with what nobody asks for', () => {
    const queries = [
      'active_only[]=no',
      '__proto__[active_only]=no',
      'toString=1',
      '?',
      '&&&=&=',
      '%zz',
      '%00=%00',
    ];

    it.each(queries)('does as ever: %s', async (query) => {
      const before = await target.tables();
      const heard = await target.ask({ method: 'GET', path: `/api/v1/peers?${query}` });
      expect(heard.status).toBe(200);
      expect(JSON.parse(heard.text)).toHaveLength(1);
      expect(await target.tables()).toEqual(before);
    });
  });

  describe('asked POST /api/v1/domain/verify', () => {
    const sound = `domain=free.example&server_uuid=${UUID}`;
    const queries = [
      ...['', 'x', 'domain=free.example', `server_uuid=${UUID}`],
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

  it.each(['', '?nonce[]=0123456789abcdef', '?__proto__[nonce]=0123456789abcdef', '?Nonce=0123456789abcdef'])(
    'asked for a challenge, refuses one without a nonce: %s',
    async (query) => {
      const asked = { method: 'GET', path: `/api/v1/ext/challenge${query}` };
      await target.refusesFor('nonce', asked, 'invalid_field');
    },
  );

  it.each(['__proto__', 'constructor', 'toString', 'nobody.example'])(
    'asked about %s, which nobody is called, finds nobody',
    async (name) => {
      const heard = await target.ask({ method: 'POST', path: `/api/v1/route/${name}` });
      expect(JSON.parse(heard.text)).toMatchObject({ found: false, domain: name.toLowerCase() });
      await target.refuses({ method: 'GET', path: `/api/v1/peers/${name}` }, 'unknown_peer');
      const body = '{"trust":"blocked"}';
      await target.refuses({ method: 'PUT', path: `/api/v1/peers/${name}/trust`, body }, 'unknown_peer');
    },
  );

  it.each([
    ['GET', `/api/v1/ext/keychain/${UUID}`],
    ['POST', `/api/v1/admissions/${UUID}/approve`],
    ['POST', `/api/v1/admissions/${UUID}/refuse`],
  ])('asked %s %s, of a server_uuid that nobody has, finds nobody', async (method, path) => {
    await target.refuses({ method, path }, 'unknown_peer');
  });
});
