import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Target } from '../hostile/target.js';
import { Authority } from '../support/certificates.js';
import { Nginx, NO_NGINX, nginxProgram, ownAddress } from '../support/nginx.js';
import type { Wanted } from './draft.js';
import { CLAIMS, FORGERIES, type Forgery } from './forgeries.js';
import { judge, knock } from './knock.js';
import { careless, inTheField, shipped, type SiteFor } from './sites.js';
import { SMUGGLING } from './smuggling.js';
import { administrationOf } from './wanted.js';
import { Witness } from './witness.js';

const ALL: readonly Forgery[] = [...FORGERIES, ...SMUGGLING];
const AT_ONCE = 8;
/** Thousands of connections, and a machine that may be busy. */
const HANG_GUARD_MS = 600_000;
const IDENTITY: Wanted = { method: 'GET', path: '/api/v1/identity', body: '' };
const skipped = nginxProgram === null ? ` (skipped: ${NO_NGINX})` : '';

let target: Target;
let witness: Witness;
let nginx: Nginx;

/** Tries each forgery for one request, and tells those that were not refused. */
async function tryAll(request: Wanted): Promise<string[]> {
  const left = [...ALL];
  const failures: string[] = [];
  const tryOn = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const heard = await knock(nginx, next.write(request));
      const { isRefused, statuses } = judge(heard);
      const isJudged = CLAIMS.includes(next) ? statuses.includes(403) : !statuses.includes(429);
      if (!isRefused || !isJudged)
        failures.push(`${request.method} ${request.path}, ${next.name}: ${heard.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, tryOn));
  return failures;
}

describe.skipIf(nginxProgram === null)(
  `forged requests for administration through nginx${skipped}`,
  { timeout: HANG_GUARD_MS },
  () => {
    const authority = Authority.create();
    const overTls = authority === null ? '' : ', over TLS';
    let administration: readonly Wanted[];

    // No public URL and no token: nothing but the request itself says where it comes from.
    beforeAll(async () => {
      target = await Target.start();
      administration = await administrationOf(target.daemon);
      witness = new Witness(target.daemon);
    });
    beforeEach(() => void (witness.answered.length = 0));
    afterEach(() => nginx.stop());
    afterAll(async () => {
      authority?.remove();
      await target.end();
    });

    async function expectAllRefused(name: string): Promise<void> {
      const before = await target.tables();
      const failures: string[] = [];
      for (const request of administration) {
        failures.push(...(await tryAll(request)));
        expect(await target.tables(), `${request.method} ${request.path}`).toEqual(before);
      }
      const tried = administration.length * ALL.length;
      const [all, refused] = [tried, tried - failures.length].map((count) => count.toLocaleString('en'));
      console.log(`${all} forged requests, ${refused} refused, by ${name}`);
      expect(failures).toEqual([]);
      expect(witness.letIn).toEqual([]);
    }

    it(`are all refused, and change nothing, by docs/nginx/lattice.conf${overTls}: none reaches the daemon`, async () => {
      const address = ownAddress();
      nginx = await Nginx.start(
        shipped(target.daemon.daemon.port),
        address,
        authority?.issue(`IP:${address}`) ?? null,
      );
      await expectAllRefused(`docs/nginx/lattice.conf${overTls}`);
      expect(witness.answered.length).toBeGreaterThan(0);
      expect(witness.administrationAsked).toEqual([]);
    });

    it.each<readonly [string, SiteFor]>([
      ['the location that operators of the Python daemon have', inTheField],
    ])('are all refused, and change nothing, by the daemon itself behind %s', async (name, site) => {
      nginx = await Nginx.start(site(target.daemon.daemon.port));
      await expectAllRefused(`the daemon behind ${name}`);
      const refusedHere = witness.answered.filter(({ status }) => status === 403);
      expect(refusedHere.length).toBeGreaterThan(administration.length * CLAIMS.length);
    });

    it('would be seen to pass if they did: behind a proxy that hides itself most of them do', async () => {
      nginx = await Nginx.start(careless(target.daemon.daemon.port));
      const passed = await tryAll(IDENTITY);
      expect(passed.length).toBeGreaterThan(CLAIMS.length / 2);
      expect(witness.letIn).toContain('GET /api/v1/identity: 200');
    });
  },
);
