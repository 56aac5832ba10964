import { describe, expect, it, onTestFinished } from 'vitest';
import { Authority, NO_OPENSSL } from '../support/certificates.js';
import { Nginx, NO_NGINX, nginxProgram, ownAddress } from '../support/nginx.js';
import { type Process, startDaemonProcess, temporaryFolder } from '../support/processes.js';
import { shipped } from './sites.js';

const TOKEN = 'correct-horse-battery-staple';
const authority = nginxProgram === null ? null : Authority.create();
const missing = nginxProgram === null ? NO_NGINX : authority === null ? NO_OPENSSL : null;
const skipped = missing === null ? '' : ` (skipped: ${missing})`;

interface Server {
  readonly daemon: Process;
  readonly nginx: Nginx;
  /** Of the daemon, for who is on its host. */
  readonly url: string;
}

/** A daemon with its own nginx in front, over TLS, at an address of loopback for itself. */
async function serve(name: string, bootstrap: string): Promise<Server> {
  const address = ownAddress();
  const daemon = startDaemonProcess(await temporaryFolder(), {
    LATTICE_SERVER_ID: name,
    LATTICE_APP_URL: Nginx.urlAt(address, true),
    LATTICE_BOOTSTRAP_SERVERS: bootstrap,
    // Without one, administration would wait for the next check of the proxy, which starts after the daemon here.
    LATTICE_ADMIN_TOKEN: TOKEN,
    NODE_EXTRA_CA_CERTS: authority!.caPath,
  });
  const { port, url } = await daemon.running();
  const nginx = await Nginx.start(shipped(port), address, authority!.issue(`IP:${address}`));
  onTestFinished(() => nginx.stop());
  return { daemon, nginx, url };
}

async function route({ url }: Server, name: string): Promise<unknown> {
  const headers = { 'x-lattice-admin-token': TOKEN };
  return (await fetch(`${url}/api/v1/route/${name}`, { method: 'POST', headers })).json();
}

describe.skipIf(missing !== null)(`two daemons, each behind its own nginx${skipped}`, () => {
  it('discover and resolve each other over TLS, through docs/nginx/lattice.conf both ways', async () => {
    onTestFinished(() => authority!.remove());
    const ada = await serve('ada.example', '');
    const bob = await serve('bob.example', `${ada.nginx.url}/discovery`);
    await Promise.all([
      ada.daemon.logged('Gained a neighbour', ({ serverId }) => serverId === 'bob.example'),
      bob.daemon.logged('Gained a neighbour', ({ serverId }) => serverId === 'ada.example'),
    ]);
    expect(await route(ada, 'bob.example')).toMatchObject({
      found: true,
      endpoint_url: `${bob.nginx.url}/discovery/api/v1/federation`,
    });
    expect(await route(bob, 'ada.example')).toMatchObject({
      found: true,
      endpoint_url: `${ada.nginx.url}/discovery/api/v1/federation`,
    });
    for (const { nginx } of [ada, bob]) {
      const log = await nginx.log('lattice.log');
      expect(log).toContain('"GET /discovery/api/v1/announcement" 200');
      expect(log).toContain('"POST /discovery/api/v1/gossip/receive" 200');
    }
  });
});
