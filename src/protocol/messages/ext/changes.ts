import { MAX_CHANGES, MAX_ID_LENGTH } from '../../limits.js';
import { defineMessage, type MessageOf } from '../../message.js';
import { wireBoolean, wireInteger, wireText } from '../../wire-types.js';
import { wireHash, wireHashes } from './record-hashes.js';

/** What has changed at another server since a cursor (wire protocol 2.3, `ext/changes`). */
export const changesMessage = defineMessage('changes', {
  /** Of the database that the cursor belongs to; null where there is none yet. */
  epoch: wireText(1, MAX_ID_LENGTH).nullable().default(null),
  after: wireInteger(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: wireInteger(1, MAX_CHANGES).default(MAX_CHANGES),
});

/** In order of arrival there. Of another epoch than was asked for, from the beginning. */
export const changesAnswer = defineMessage('changes_answer', {
  epoch: wireText(1, MAX_ID_LENGTH),
  changes: wireHashes(MAX_CHANGES),
  /** The cursor after these. */
  after: wireInteger(0, Number.MAX_SAFE_INTEGER),
  more: wireBoolean(),
  /** Of the directory's digest, with the last page: equal directories are known to be so by this answer. */
  root: wireHash().nullable().default(null),
});

export type ChangesAnswer = MessageOf<typeof changesAnswer>;
