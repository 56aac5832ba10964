import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: Record<string, unknown>;
}

/** Sends bytes as they are and resolves with the first answer; with `end` our side is closed after them. */
export async function sendRaw(
  port: number,
  parts: readonly (string | Uint8Array)[],
  end = false,
): Promise<RawAnswer> {
  const [answer] = await sendRawRequests(port, parts, 1, end);
  return answer as RawAnswer;
}

/** The same for several requests: resolves with `count` answers, which must come with Content-Length. */
export function sendRawRequests(
  port: number,
  parts: readonly (string | Uint8Array)[],
  count: number,
  end = false,
): Promise<RawAnswer[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const finish = (): void => {
      const answers = parseAnswers(text);
      if (answers.length < count) return;
      socket.destroy();
      resolve(answers);
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

/** The answers that are complete; texts here are ASCII, so characters are bytes. */
function parseAnswers(text: string): RawAnswer[] {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return [];
  const head = text.slice(0, headEnd);
  const bodyEnd = headEnd + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
  if (text.length < bodyEnd) return [];
  const body = JSON.parse(text.slice(headEnd + 4, bodyEnd)) as Record<string, unknown>;
  return [{ status: Number(head.split(' ')[1]), head, body }, ...parseAnswers(text.slice(bodyEnd))];
}
