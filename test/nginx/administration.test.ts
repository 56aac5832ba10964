import { afterEach, describe, expect, it } from 'vitest';
import { Target } from '../hostile/target.js';
import { Nginx, NO_NGINX, nginxProgram } from '../support/nginx.js';
import { outside, write, type Wanted } from './draft.js';
import { freshClient, judge, knock } from './knock.js';
import { inTheField, OPERATOR_ADDRESS, shippedWithOperator, type SiteFor } from './sites.js';
import { administrationOf } from './wanted.js';

const TOKEN = 'correct-horse-battery-staple';
const skipped = nginxProgram === null ? ` (skipped: ${NO_NGINX})` : '';

let target: Target;
let nginx: Nginx | null = null;

afterEach(async () => {
  await nginx?.stop();
  nginx = null;
  await target.end();
});

/** The status of an answer to the operator, or to somebody with another address or without the token. */
async function ask(wanted: Wanted, from: string, token: string | null): Promise<number> {
  const draft = outside(wanted);
  const headers = token === null ? draft.headers : [...draft.headers, `X-Lattice-Admin-Token: ${token}`];
  return judge(await knock(nginx!, write({ ...draft, headers }), from)).statuses[0]!;
}

describe.skipIf(nginxProgram === null)(`administration by its operator${skipped}`, () => {
  it.each<readonly [string, SiteFor, string]>([
    ['docs/nginx/lattice.conf, from the address that it names', shippedWithOperator, OPERATOR_ADDRESS],
    ['the location that operators of the Python daemon have, from anywhere', inTheField, freshClient()],
  ])('works with the token, and only with it, through %s', async (_, site, from) => {
    target = await Target.start({ LATTICE_ADMIN_TOKEN: TOKEN });
    nginx = await Nginx.start(site(target.daemon.daemon.port));
    for (const wanted of await administrationOf(target.daemon)) {
      const what = `${wanted.method} ${wanted.path}`;
      expect([what, await ask(wanted, from, null)]).toEqual([what, 403]);
      expect([what, await ask(wanted, freshClient(), 'a-token-that-is-wrong')]).toEqual([what, 403]);
      expect([what, await ask(wanted, from, TOKEN)]).toEqual([what, expect.toBeOneOf([200, 202, 409])]);
    }
  });

  it('is for the named address alone in docs/nginx/lattice.conf, whoever else has the token', async () => {
    target = await Target.start({ LATTICE_ADMIN_TOKEN: TOKEN });
    nginx = await Nginx.start(shippedWithOperator(target.daemon.daemon.port));
    for (const wanted of await administrationOf(target.daemon))
      expect(await ask(wanted, freshClient(), TOKEN)).toBe(403);
  });

  it('works from the host itself without a token', async () => {
    target = await Target.start();
    for (const { method, path, body } of await administrationOf(target.daemon)) {
      const { status } = await target.ask({ method, path, body: body === '' ? undefined : body });
      expect([path, status]).toEqual([path, expect.toBeOneOf([200, 202, 409])]);
    }
  });
});
