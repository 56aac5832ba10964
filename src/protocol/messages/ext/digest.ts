import { MAX_DIGEST_BUCKETS, MAX_DIGEST_ENTRIES, MAX_DIGEST_LEAVES, MAX_ID_LENGTH } from '../../limits.js';
import { defineMessage, type MessageOf } from '../../message.js';
import { BUCKETS, LEAVES, LEAVES_PER_BUCKET } from '../../records/digest.js';
import { wireBoolean, wireInteger, wireList, wireObject, wireText } from '../../wire-types.js';
import { wireHash, wireHashes } from './record-hashes.js';

/**
 * Compares two directories (wire protocol 2.3, `ext/digest`), a level at a time: first the root; where it differs, the
 * hashes below some buckets; where these differ, the entries of some leaves.
 */
export const digestMessage = defineMessage('digest', {
  root: wireHash().nullable().default(null),
  buckets: wireList(wireInteger(0, BUCKETS - 1), MAX_DIGEST_BUCKETS).default([]),
  leaves: wireList(wireInteger(0, LEAVES - 1), MAX_DIGEST_LEAVES).default([]),
});

export const digestAnswer = defineMessage('digest_answer', {
  /** The cursor for `ext/changes` after all that is compared here. */
  epoch: wireText(1, MAX_ID_LENGTH),
  after: wireInteger(0, Number.MAX_SAFE_INTEGER),
  /** Whether the root that was sent is ours. */
  same: wireBoolean(),
  /** Of all 256 buckets, where a root was sent that is not ours. */
  bucket_hashes: wireList(wireHash(), BUCKETS).default([]),
  /** Of the leaves below each bucket that was asked for. */
  leaf_hashes: wireList(
    wireObject({ bucket: wireInteger(0, BUCKETS - 1), hashes: wireList(wireHash(), LEAVES_PER_BUCKET) }),
    MAX_DIGEST_BUCKETS,
  ).default([]),
  /** Of the leaves that were asked for; as many as there is room for, in their order. */
  entries: wireHashes(MAX_DIGEST_ENTRIES).default([]),
});

export type DigestAnswer = MessageOf<typeof digestAnswer>;
