import { afterEach, describe, expect, it } from 'vitest';
import { databaseKinds } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { Nginx, NO_NGINX, nginxProgram, ownAddress } from '../support/nginx.js';
import { careless, inTheField, shipped, type SiteFor } from './sites.js';

const skipped = nginxProgram === null ? ` (skipped: ${NO_NGINX})` : '';
const OFF = 'Administration without a token is switched off';
const ON = 'Administration without a token is on';

let federation: Federation;
let nginx: Nginx;

afterEach(async () => {
  await nginx.stop();
  await federation.end();
});

describe.skipIf(nginxProgram === null)(`a daemon without a token behind nginx${skipped}`, () => {
  async function daemonBehind(site: SiteFor) {
    federation = new Federation(databaseKinds.find(({ kind }) => kind === 'embedded')!);
    const address = ownAddress();
    const daemon = await federation.start(address, { LATTICE_APP_URL: Nginx.urlAt(address) });
    nginx = await Nginx.start(site(daemon.daemon.port), address);
    await daemon.task('proxy-check');
    return daemon;
  }

  it.each<readonly [string, SiteFor]>([
    ['docs/nginx/lattice.conf', shipped],
    ['the location that operators of the Python daemon have', inTheField],
  ])('finds with %s that strangers are kept out, and is administered from its host', async (_, site) => {
    const daemon = await daemonBehind(site);
    expect(daemon.logged(ON).at(-1)?.fields.reason).toMatch(/answers 403 to strangers/);
    expect((await daemon.get('/api/v1/identity')).status).toBe(200);
  });

  it('notices a bare proxy_pass, lets nobody administer, says why, and recovers when it is mended', async () => {
    const daemon = await daemonBehind(careless);
    const fromOutside = async (): Promise<number> =>
      (await fetch(`${nginx.url}/discovery/api/v1/identity`)).status;

    expect(await fromOutside()).toBe(403);
    expect((await daemon.get('/api/v1/identity')).status).toBe(403);
    expect(daemon.logged(OFF).at(-1)?.fields.reason).toMatch(
      /reaches us as if from here\. Set LATTICE_ADMIN_TOKEN, or make the proxy send X-Forwarded-For/,
    );
    // Peers are none the worse for it.
    expect((await fetch(`${nginx.url}/discovery/status`)).status).toBe(200);

    await nginx.restart(shipped(daemon.daemon.port));
    await daemon.task('proxy-check');
    expect(daemon.logged(ON)).toHaveLength(1);
    expect((await daemon.get('/api/v1/identity')).status).toBe(200);
    expect(await fromOutside()).toBe(403);

    await nginx.restart(careless(daemon.daemon.port));
    await daemon.task('proxy-check');
    expect(daemon.logged(OFF).at(-1)?.fields.reason).toMatch(/answers 404: strangers pass for the operator/);
    expect(await fromOutside()).toBe(403);
  });
});
