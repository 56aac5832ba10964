import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.js';
import { bodyFieldsOf } from '../support/description.js';
import { allHandlers } from '../support/handlers.js';
import { ENDPOINTS, endpoint, soundBody, type Endpoint } from './endpoints.js';
import { mistakes } from './fields.js';
import { pathsOf, toJson, type LooseObject } from './json.js';
import { Target } from './target.js';

/** Bodies that somebody signs; each of them is one of a peer's. */
const SIGNED_BODIES = [
  {
    ...endpoint('POST', '/api/v1/domain/query'),
    sound: ({ peer }: Target): LooseObject => peer.query('target.example'),
    answer: { found: true } as object,
  },
  {
    ...endpoint('POST', '/api/v1/peer-lists/import'),
    sound: ({ peer }: Target): LooseObject => peer.peerList(),
    answer: { added: 0, changed: 0, unchanged: 0, refused: [] },
  },
];
/** Tried in gossip.test.ts and join.test.ts, which have guards of their own. */
const ELSEWHERE = ['/api/v1/gossip/receive', '/api/v1/ext/join'];

const nameOf = ({ method, route }: Pick<Endpoint, 'method' | 'route'>): string => `${method} ${route}`;
const signed = SIGNED_BODIES.map(nameOf);
const plain = ENDPOINTS.filter(
  (one) => one.fields.length > 0 && !ELSEWHERE.includes(one.route) && !signed.includes(nameOf(one)),
);

it('there are cases for every body that a handler takes, and for no other', async () => {
  const taking = (await allHandlers()).filter(({ takesBody }) => takesBody).map((one) => one.endpoint);
  const tried = [...signed, ...plain.map(nameOf), ...ELSEWHERE.map((route) => `POST ${route}`)];
  expect(tried.sort()).toEqual(taking.sort());
  const read = ENDPOINTS.filter(({ body }) => body !== 'ignored').map(nameOf);
  expect(read.sort()).toEqual(tried);
});

onEachDatabase('a daemon', (under) => {
  let target: Target;
  beforeAll(async () => void (target = await Target.start({}, under)));
  afterAll(() => target.end());

  describe.each(plain)('asked $method $route', ({ method, path, route, fields }) => {
    const sound = () => soundBody(endpoint(method, route), target.daemon.daemon.identity.self);

    it('has cases for every field of the body', () => {
      expect(fields.map((field) => field.path).sort()).toEqual(pathsOf(sound()).sort());
      expect(Object.keys(sound()).sort()).toEqual(bodyFieldsOf(method, path));
    });

    it.each(mistakes(fields))('refuses $title', async ({ path: field, make, codes }) => {
      await target.refusesFor(field, { method, path, body: toJson(make(sound())) }, ...codes);
    });
  });

  describe.each(SIGNED_BODIES)('asked $method $route', ({ method, path, fields, sound, answer }) => {
    it('answers where nothing is wrong with the body', async () => {
      const heard = await target.ask({
        method,
        path,
        body: toJson(await target.peer.signed(sound(target))),
      });
      expect(heard.status).toBe(200);
      expect(JSON.parse(heard.text)).toMatchObject(answer);
    });

    it('has cases for every field of the body', () => {
      expect(fields.map((field) => field.path).sort()).toEqual(pathsOf(sound(target)).sort());
      expect(Object.keys(sound(target)).sort()).toEqual(bodyFieldsOf(method, path));
    });

    it.each(mistakes(fields))('refuses $title', async (mistake) => {
      const body = toJson(await target.peer.signedWith(sound(target), mistake));
      await target.refusesFor(mistake.path, { method, path, body }, ...mistake.codes);
    });
  });
});
