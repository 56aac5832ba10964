import { describe, expect, it, onTestFinished } from 'vitest';
import { Authority, NO_OPENSSL } from '../support/certificates.js';
import { Nginx, NO_NGINX, nginxProgram, ownAddress } from '../support/nginx.js';
import { type Process, startDaemonProcess, temporaryFolder } from '../support/processes.js';
import { shippedFor } from './sites.js';

const DAEMON_PORT = 1113;
/** Two processes, and a machine that may be busy. */
const HANG_GUARD_MS = 600_000;
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

/** A daemon with its own nginx in front, over TLS, at an address of loopback for the two of them. */
async function serve(name: string, bootstrap: string): Promise<Server> {
  const address = ownAddress();
  const daemonAt = `${address}:${DAEMON_PORT}`;
  const nginx = await Nginx.start(shippedFor(daemonAt), address, authority!.issue(`IP:${address}`));
  onTestFinished(() => nginx.stop());
  const daemon = startDaemonProcess(await temporaryFolder(), {
    LATTICE_SERVER_ID: name,
    LATTICE_LOG_LEVEL: 'debug',
    LATTICE_HOST: address,
    LATTICE_PORT: String(DAEMON_PORT),
    LATTICE_APP_URL: nginx.url,
    LATTICE_BOOTSTRAP_SERVERS: bootstrap,
    // Without one, its host would have to call it 127.0.0.1.
    LATTICE_ADMIN_TOKEN: TOKEN,
    NODE_EXTRA_CA_CERTS: authority!.caPath,
  });
  await daemon.running();
  return { daemon, nginx, url: `http://${daemonAt}` };
}

async function route({ url }: Server, name: string): Promise<unknown> {
  const headers = { 'x-lattice-admin-token': TOKEN };
  return (await fetch(`${url}/api/v1/route/${name}`, { method: 'POST', headers })).json();
}

describe.skipIf(missing !== null)(`two daemons, each behind its own nginx${skipped}`, () => {
  it(
    'discover and resolve each other over TLS, through docs/nginx/lattice.conf both ways',
    { timeout: HANG_GUARD_MS },
    async () => {
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
      for (const { daemon, nginx } of [ada, bob]) {
        await daemon.logged('Request answered', (line) => line.route === '/api/v1/gossip/receive');
        await nginx.finish();
        const log = await nginx.log('lattice.log');
        expect(log).toContain('"GET /discovery/api/v1/announcement" 200');
        expect(log).toContain('"POST /discovery/api/v1/gossip/receive" 200');
      }
    },
  );
});
