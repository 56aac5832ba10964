// The few messages of the PostgreSQL wire protocol (version 3, chapter "Message Formats" of its manual) that the
// bridge must know: a type byte, a length that counts itself but not the type, then the content.

const SYNC = 0x53;
const QUERY = 0x51;
const TERMINATE = 0x58;
const READY_FOR_QUERY = 0x5a;

const IDLE = 0x49;

export type Group =
  | { readonly kind: 'startup' | 'terminate'; readonly bytes: Buffer }
  /** What PostgreSQL answers with one ReadyForQuery: a simple query, or everything up to a Sync. */
  | { readonly kind: 'statement'; readonly bytes: Buffer };

/** The first whole group of messages at the start of `bytes`; null where it has not arrived whole. */
export function firstGroup(bytes: Buffer, expectStartup: boolean): Group | null {
  if (expectStartup) {
    if (bytes.length < 4 || bytes.length < bytes.readInt32BE(0)) return null;
    return { kind: 'startup', bytes: bytes.subarray(0, bytes.readInt32BE(0)) };
  }
  let end = 0;
  while (end + 5 <= bytes.length) {
    const type = bytes[end];
    end += 1 + bytes.readInt32BE(end + 1);
    if (end > bytes.length) return null;
    if (type === TERMINATE) return { kind: 'terminate', bytes: bytes.subarray(0, end) };
    if (type === SYNC || type === QUERY) return { kind: 'statement', bytes: bytes.subarray(0, end) };
  }
  return null;
}

/** AuthenticationOk and ReadyForQuery: the answer to a startup where there is nobody to ask for a password. */
export const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, READY_FOR_QUERY, 0, 0, 0, 5, IDLE]);

/** A simple query. */
export function queryMessage(sql: string): Buffer {
  const message = Buffer.alloc(1 + 4 + Buffer.byteLength(sql) + 1);
  message[0] = QUERY;
  message.writeInt32BE(message.length - 1, 1);
  message.write(sql, 5);
  return message;
}

/** Whether an answer ends outside of any transaction; null where it does not end as an answer must. */
export function endsIdle(answer: Buffer): boolean | null {
  if (answer.length < 6 || answer[answer.length - 6] !== READY_FOR_QUERY) return null;
  return answer[answer.length - 1] === IDLE;
}
