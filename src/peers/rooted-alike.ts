import type { RecordState } from '../protocol/records/record.js';

/**
 * Both records from one first key, where one of them only begins later: who met a server after it had rotated its key
 * knows no earlier one. What others hold from the middle of our chain is judged as a part of it. A chain that claims to be
 * the past of ours proves nothing, as anyone can sign a rotation *to* a known key; the origin's own word does.
 */
export function rootedAlike(
  held: RecordState,
  incoming: RecordState,
  fromOrigin: boolean,
): { readonly held: RecordState; readonly incoming: RecordState } | null {
  if (held.firstFingerprint === incoming.firstFingerprint) return { held, incoming };
  const prefixed = prefix(incoming, held);
  if (prefixed !== null) return { held, incoming: prefixed };
  const past = fromOrigin ? prefix(held, incoming) : null;
  return past === null ? null : { held: past, incoming };
}

/** The record with the keys before its first, where `whole` has them. */
function prefix(record: RecordState, whole: RecordState): RecordState | null {
  const place = whole.chain.findIndex((link) => link.fingerprint === record.firstFingerprint);
  if (place < 0) return null;
  const chain = [...whole.chain.slice(0, place + 1), ...record.chain];
  return { ...record, firstFingerprint: whole.firstFingerprint, chain };
}
