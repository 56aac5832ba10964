import type { PGlite } from '@electric-sql/pglite';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { EmbeddedSession } from './embedded-session.js';
import { PgliteStream } from './pglite-stream.js';
import { queryMessage, WELCOME } from './wire.js';

const startup = Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0]);
const goodbye = Buffer.from('X\0\0\0\x04', 'latin1');
const ready = (status: string): Buffer => Buffer.from(`Z\0\0\0\x05${status}`, 'latin1');

/** A session that writes down the simple queries it gets, and is inside a transaction from BEGIN to its end. */
function recorded(): { session: EmbeddedSession; statements: string[] } {
  const statements: string[] = [];
  const execProtocolRawStream: PGlite['execProtocolRawStream'] = (group, { onRawData }) => {
    const statement = Buffer.from(group.subarray(5, -1)).toString();
    statements.push(statement);
    if (statement === 'CRASH') return Promise.reject(new Error('out of memory'));
    onRawData(ready(statement === 'BEGIN' ? 'T' : 'I'));
    return Promise.resolve();
  };
  return { session: new EmbeddedSession({ execProtocolRawStream } as unknown as PGlite), statements };
}

it('lets a client in, passes on what it says byte by byte, and lets it go', async () => {
  const { session, statements } = recorded();
  const stream = new PgliteStream(session);
  const answers: Buffer[] = [];
  stream.on('data', (answer: Buffer) => answers.push(answer));
  for (const byte of Buffer.concat([startup, queryMessage('SELECT 1'), queryMessage('SELECT 2')])) {
    stream.write(Buffer.from([byte]));
  }
  stream.end(goodbye);
  await once(stream, 'close');
  expect(statements).toEqual(['SELECT 1', 'SELECT 2']);
  expect(Buffer.concat(answers)).toEqual(Buffer.concat([WELCOME, ready('I'), ready('I')]));
});

it.each([
  ['says goodbye', (stream: PgliteStream) => stream.end(goodbye)],
  ['is cut off', (stream: PgliteStream) => stream.destroy()],
])('rolls back the transaction of a client that %s, but not that of the next', async (_what, leave) => {
  const { session, statements } = recorded();
  const stream = new PgliteStream(session).resume();
  stream.write(Buffer.concat([startup, queryMessage('BEGIN')]));
  await new Promise((resolve) => stream.write('', resolve));
  leave(stream);
  const next = new PgliteStream(session).resume();
  next.write(Buffer.concat([startup, queryMessage('BEGIN')]));
  await once(stream, 'close');
  await session.execute(queryMessage('COMMIT'));
  expect(statements).toEqual(['BEGIN', 'ROLLBACK', 'BEGIN', 'COMMIT']);
});

it('breaks the connection when the database itself fails', async () => {
  const stream = new PgliteStream(recorded().session).resume();
  stream.write(Buffer.concat([startup, queryMessage('CRASH')]));
  const [error] = (await once(stream, 'error')) as [Error];
  expect(error.message).toBe('Connection terminated: the embedded database failed.');
});
