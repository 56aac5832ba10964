import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS, endpoint, soundBody } from './endpoints.js';
import { mistakes } from './fields.js';
import { pathsOf, toJson } from './json.js';
import { Target } from './target.js';

let target: Target;
beforeAll(async () => void (target = await Target.start()));
afterAll(() => target.end());

const PEERS_OWN = ['/api/v1/gossip/receive', '/api/v1/domain/query'];
const plain = ENDPOINTS.filter(({ fields, route }) => fields.length > 0 && !PEERS_OWN.includes(route));

describe.each(plain)('the body of $method $route', ({ method, path, route, fields }) => {
  const sound = () => soundBody(endpoint(method, route), target.daemon.daemon.identity.self);

  it('has no field without cases', () => {
    expect(fields.map((field) => field.path).sort()).toEqual(pathsOf(sound()).sort());
  });

  it.each(mistakes(fields))('is refused for $title', async ({ make, codes }) => {
    await target.refuses({ method, path, body: toJson(make(sound())) }, ...codes);
  });
});

describe('the body of POST /api/v1/domain/query', () => {
  const { method, path, fields } = endpoint('POST', '/api/v1/domain/query');
  const sound = () => target.peer.query('target.example');

  it('is answered where nothing is wrong with it', async () => {
    const heard = await target.ask({ method, path, body: toJson(await target.peer.signed(sound())) });
    expect(heard.status).toBe(200);
    expect(JSON.parse(heard.text)).toMatchObject({ found: true });
  });

  it('has no field without cases', () => {
    expect(fields.map((field) => field.path).sort()).toEqual(pathsOf(sound()).sort());
  });

  it.each(mistakes(fields))('is refused for $title', async (mistake) => {
    const body = await target.peer.signedWith(sound(), mistake);
    await target.refuses({ method, path, body: toJson(body) }, ...mistake.codes);
  });
});
