import type { Socket } from 'node:net';

/** Resolves when a connection is closed, from whichever end, and be it by a reset, which `once` would reject on. */
export async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}
