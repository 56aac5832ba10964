import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Author } from './author.js';
import { mistakes } from './fields.js';
import { announcementFields } from './gossip-fields.js';
import { pathsOf, toJson } from './json.js';
import { Target } from './target.js';

let target: Target;
let newcomer: Author;
beforeAll(async () => {
  target = await Target.start();
  newcomer = await Author.create('newcomer.example');
});
afterAll(() => target.end());

describe('the body of POST /api/v1/ext/join', () => {
  const asked = { method: 'POST', path: '/api/v1/ext/join' };
  const sound = () => newcomer.announcement();

  it('is taken where nothing is wrong with it', async () => {
    const { peer } = target;
    const heard = await target.ask({ ...asked, body: toJson(await peer.signed(peer.announcement())) });
    expect(heard).toMatchObject({ status: 200, text: '{"state":"known"}' });
  });

  it('has no field without cases', () => {
    expect(announcementFields.map((field) => field.path).sort()).toEqual(pathsOf(sound()).sort());
  });

  it.each(mistakes(announcementFields))('is refused for $title', async (mistake) => {
    const body = await newcomer.signedWith(sound(), mistake);
    await target.refuses({ ...asked, body: toJson(body) }, ...mistake.codes);
  });
});
