import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseKinds } from '../support/databases.js';
import { Federation, type TestDaemon } from '../support/federation.js';
import { Nginx, NO_NGINX, nginxProgram } from '../support/nginx.js';
import { judge, knock } from './knock.js';
import { inTheField, shipped, type SiteFor } from './sites.js';

const LIMIT = 3;
const skipped = nginxProgram === null ? ` (skipped: ${NO_NGINX})` : '';

const FORGED: readonly string[] = [
  'X-Forwarded-For: 198.51.100.1',
  'X-Forwarded-For: 127.0.0.3',
  'X-Forwarded-For: 198.51.100.1, 198.51.100.2',
  'X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 198.51.100.2',
  'X-Forwarded-For:',
  'X-Forwarded-For: 198.51.100.1,',
  'X_Forwarded_For: 198.51.100.1',
  'X-Real-IP: 198.51.100.1\r\nForwarded: for=198.51.100.1',
  'Connection: X-Forwarded-For\r\nX-Forwarded-For: 198.51.100.1',
];

let federation: Federation;
let daemon: TestDaemon;
let nginx: Nginx | null = null;

async function status(from: string, header = ''): Promise<number> {
  const lines = header === '' ? '' : `${header}\r\n`;
  const bytes = `GET /discovery/status HTTP/1.1\r\nHost: chat.example.org\r\n${lines}\r\n`;
  return judge(await knock(nginx!, bytes, from)).statuses[0]!;
}

describe.skipIf(nginxProgram === null)(`the source of a request that came through nginx${skipped}`, () => {
  beforeEach(async () => {
    federation = new Federation(databaseKinds.find(({ kind }) => kind === 'embedded')!);
    // The window of a limit does not end while the test runs, however long that takes.
    federation.clock.standStill();
    const settings = { LATTICE_SOURCE_RATE_LIMIT: String(LIMIT), LATTICE_LOG_LEVEL: 'debug' };
    daemon = await federation.start('target.example', settings);
  });
  afterEach(async () => {
    await nginx?.stop();
    await federation.end();
  });

  it.each<readonly [string, SiteFor]>([
    ['docs/nginx/lattice.conf', shipped],
    ['the location that operators of the Python daemon have', inTheField],
  ])('is the real one in limits and in the log, whatever is forged, with %s', async (_, site) => {
    nginx = await Nginx.start(site(daemon.daemon.port));
    for (let asked = 0; asked < LIMIT; asked += 1) expect(await status('127.0.0.2', FORGED[asked])).toBe(200);
    for (const forged of FORGED) expect([forged, await status('127.0.0.2', forged)]).toEqual([forged, 429]);
    expect(await status('127.0.0.3')).toBe(200);

    const sources = daemon.logged('Request answered').map(({ fields }) => fields.source);
    expect(sources).toEqual([...Array<string>(LIMIT + FORGED.length).fill('127.0.0.2'), '127.0.0.3']);
  });

  it('stands in both logs under one id', async () => {
    nginx = await Nginx.start(shipped(daemon.daemon.port));
    await status('127.0.0.2', 'X-Request-Id: an-id-of-my-own');
    const { requestId, source } = daemon.logged('Request answered')[0]!.fields;
    expect(await nginx.log('lattice.log')).toMatch(
      new RegExp(`^${String(source)} .* 200 .* ${String(requestId)}$`, 'm'),
    );
  });
});
