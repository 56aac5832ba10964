import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS, routesOf, soundBody } from '../hostile/endpoints.js';
import { Target } from '../hostile/target.js';
import { Authority } from '../support/certificates.js';
import { Nginx, NO_NGINX, nginxProgram } from '../support/nginx.js';
import type { Wanted } from './draft.js';
import { FORGERIES, type Forgery } from './forgeries.js';
import { judge, knock } from './knock.js';
import { careless, inTheField, readme, shipped, type SiteFor } from './sites.js';
import { SMUGGLING } from './smuggling.js';
import { Witness } from './witness.js';

const ALL: readonly Forgery[] = [...FORGERIES, ...SMUGGLING];
const AT_ONCE = 8;
const skipped = nginxProgram === null ? ` (skipped: ${NO_NGINX})` : '';

const PROXIES: readonly (readonly [string, SiteFor, boolean])[] = [
  ['docs/nginx/lattice.conf, over TLS', shipped, true],
  ['the location in README.md', readme, false],
  ['the location of the Python daemon, as it is in the field', inTheField, false],
];

let target: Target;
let witness: Witness;
let wanted: readonly Wanted[];
let nginx: Nginx;

interface Tried {
  readonly tried: number;
  readonly failures: readonly string[];
}

/** Tries each forgery for a request; what was not refused stands in `failures`. */
async function tryAll(request: Wanted, forgeries: readonly Forgery[] = ALL): Promise<Tried> {
  const left = [...forgeries];
  const failures: string[] = [];
  const tryOn = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const heard = await knock(nginx, next.write(request));
      const { isRefused, statuses } = judge(heard);
      // A refusal for its rate says nothing about what it asked for.
      if (!isRefused || statuses.includes(429))
        failures.push(`${request.method} ${request.path}, ${next.name}: ${heard.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, tryOn));
  return { tried: forgeries.length, failures };
}

describe.skipIf(nginxProgram === null)(`forged requests for administration through nginx${skipped}`, () => {
  const authority = Authority.create();

  beforeAll(async () => {
    // No public URL and no token: nothing but the request itself says where it comes from.
    target = await Target.start();
    witness = new Witness(target.daemon);
    const { serverUuid, publicKeyPem } = target.daemon.daemon.identity.self;
    const administration = ENDPOINTS.filter(({ isOpen }) => !isOpen);
    wanted = administration.map((endpoint) => ({
      method: endpoint.method,
      path: endpoint.path,
      body:
        endpoint.body === 'ignored'
          ? ''
          : JSON.stringify(soundBody(endpoint, { serverUuid, publicKey: publicKeyPem })),
    }));
  });
  afterEach(() => nginx.stop());
  afterAll(async () => {
    authority?.remove();
    await target.end();
  });

  it.each(PROXIES)('are all refused, and change nothing, behind %s', async (name, site, isSecure) => {
    const { daemon } = target;
    const address = await Nginx.start(site(daemon.daemon.port));
    nginx = address;
    const before = await target.tables();
    const outcomes: Tried[] = [];
    for (const request of wanted) {
      outcomes.push(await tryAll(request));
      expect(await target.tables(), `${request.method} ${request.path}`).toEqual(before);
    }
    const tried = outcomes.reduce((sum, outcome) => sum + outcome.tried, 0);
    const failures = outcomes.flatMap((outcome) => outcome.failures);
    console.log(`${tried} forged requests, ${tried - failures.length} refused: ${name}`);
    expect(failures).toEqual([]);
    expect(witness.letIn).toEqual([]);
    void isSecure;
    void careless;
    void routesOf;
  });
});
