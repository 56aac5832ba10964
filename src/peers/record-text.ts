import { MAX_RECORDS_BYTES } from '../protocol/limits.js';

/** The statements of a record, each as the exact text that was signed. */
export interface RecordTexts {
  readonly serverUuid: string;
  /** Each, or several put together by `, `. */
  readonly rotations: readonly string[];
  readonly announcement: string | null;
  readonly revocation: string | null;
  readonly voidRevocation: string | null;
}

/**
 * A record as it travels: what `recordMessage.encode` would write, put together without reading what is in canonical form
 * already. Catching up is a hundred thousand of these.
 */
export function recordText({
  serverUuid,
  rotations,
  announcement,
  revocation,
  voidRevocation,
}: RecordTexts): string {
  return (
    `{"announcement": ${announcement ?? 'null'}, "revocation": ${revocation ?? 'null'}, ` +
    `"rotations": [${rotations.join(', ')}], "server_uuid": ${JSON.stringify(serverUuid)}, ` +
    `"void_revocation": ${voidRevocation ?? 'null'}}`
  );
}

/**
 * What of the records that were asked for comes after the last one that came. They come in the order in which they were asked
 * for, as many as may travel together: those missing before the last one are not to be had, and where none came, none is.
 */
export function afterLast(
  asked: readonly string[],
  came: readonly { readonly serverUuid: string }[],
): readonly string[] {
  const last = came.at(-1);
  return last === undefined ? [] : asked.slice(asked.indexOf(last.serverUuid) + 1);
}

/** The first of them that may travel together (wire protocol 2.3), and one at least. */
export function withinBytes<T extends { readonly text: string }>(records: readonly T[]): T[] {
  let bytes = 0;
  return records.filter(({ text }, place) => {
    bytes += Buffer.byteLength(text);
    return place === 0 || bytes <= MAX_RECORDS_BYTES;
  });
}
