import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { closed } from '../support/closed.js';
import { startDaemon } from './daemon.js';

const HEAD =
  'POST /api/v1/gossip HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n';

test('a connection in use is answered once more when the daemon closes, and then does not keep it', async () => {
  const daemon = await startDaemon();
  const socket = connect(daemon.port, '127.0.0.1').setEncoding('utf8');
  socket.write(HEAD);
  expect(await once(socket, 'data')).toEqual([expect.stringMatching(/^HTTP\/1.1 100 /)]);

  const daemonClosed = daemon.close();
  while (await isListening(daemon.port));
  socket.write('{}');

  expect(await once(socket, 'data')).toEqual([expect.stringMatching(/^HTTP\/1.1 200 /)]);
  await Promise.all([daemonClosed, closed(socket)]);
});

test.each([
  ['on which nothing was ever sent', ''],
  [
    'whose request never goes on',
    'POST /api/v1/gossip HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n',
  ],
])('a connection %s is cut when the daemon closes', async (_title, bytes) => {
  const daemon = await startDaemon();
  const socket = connect(daemon.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  const cut = closed(socket);

  const daemonClosed = daemon.close();
  while (await isListening(daemon.port));
  await daemon.clock.advance(3_000);

  await Promise.all([daemonClosed, cut]);
});

async function isListening(port: number): Promise<boolean> {
  const socket: Socket = connect(port, '127.0.0.1');
  const outcome = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return outcome;
}
