import { once } from 'node:events';
import { createServer } from 'node:net';

/** The system hands out ports from 32768 to whoever asks for any: none of these, so one that is let go can be taken again. */
const FIRST = 12_000;
const BLOCKS = 5;
const BLOCK = 4_000;

/** Each worker has a block; two runs on one machine begin at different places. */
const first = FIRST + (Number(process.env['VITEST_POOL_ID'] ?? 0) % BLOCKS) * BLOCK;
let taken = (process.pid * 61) % BLOCK;

/** A port of loopback that nobody else is going to take. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = first + (taken++ % BLOCK);
    if (await isFree(port, host)) return port;
  }
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
