import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: Record<string, unknown>;
}

/**
 * Sends bytes as they are and resolves with the first answer, which must come with Content-Length. With `end`
 * our side of the connection is closed after them.
 */
export function sendRaw(
  port: number,
  parts: readonly (string | Uint8Array)[],
  end = false,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const finish = (): void => {
      const answer = parseAnswer(text);
      if (answer === null) return;
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      finish();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${JSON.stringify(text)}`)));
    for (const part of parts) socket.write(part);
    if (end) socket.end();
  });
}

/** Sends bytes and cuts the connection; resolves when that is done. */
export function sendAndAbort(port: number, parts: readonly (string | Uint8Array)[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('close', () => resolve());
    for (const part of parts.slice(0, -1)) socket.write(part);
    socket.write(parts.at(-1) ?? '', () => socket.resetAndDestroy());
  });
}

function parseAnswer(text: string): RawAnswer | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = text.slice(0, headEnd);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? NaN);
  const body = text.slice(headEnd + 4);
  if (Buffer.byteLength(body) < length) return null;
  return { status: Number(head.split(' ')[1]), head, body: JSON.parse(body) as Record<string, unknown> };
}
