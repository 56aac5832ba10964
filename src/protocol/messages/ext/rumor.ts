import { MAX_RUMOR_OFFERS, MAX_RUMOR_RECORDS, MAX_SERVER_UUID_LENGTH } from '../../limits.js';
import { defineMessage, wireMessage, type MessageOf } from '../../message.js';
import { recordMessage } from '../../records/record-message.js';
import { wireList, wireText } from '../../wire-types.js';
import { wireHashes } from './record-hashes.js';

/** What is new, to a neighbour (wire protocol 2.3, `ext/rumor`): some records whole, of others that there is something. */
export const rumorMessage = defineMessage('rumor', {
  records: wireList(wireMessage(recordMessage), MAX_RUMOR_RECORDS).default([]),
  offers: wireHashes(MAX_RUMOR_OFFERS).default([]),
});

/** Of what was offered, what the neighbour wants to have. */
export const rumorAnswer = defineMessage('rumor_answer', {
  want: wireList(wireText(1, MAX_SERVER_UUID_LENGTH), MAX_RUMOR_OFFERS),
});

export type Rumor = MessageOf<typeof rumorMessage>;
