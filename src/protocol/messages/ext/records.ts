import { MAX_RECORDS_PER_LIST, MAX_SERVER_UUID_LENGTH } from '../../limits.js';
import { defineMessage, wireMessage } from '../../message.js';
import { recordMessage } from '../../records/record-message.js';
import { wireList, wireText } from '../../wire-types.js';

/** Asks for records (wire protocol 2.3, `ext/records`). */
export const recordsMessage = defineMessage('records', {
  server_uuids: wireList(wireText(1, MAX_SERVER_UUID_LENGTH), MAX_RECORDS_PER_LIST),
});

/** Those of them that are relayed, as many as 512 KiB hold: what is left out is asked for again. */
export const recordsAnswer = defineMessage('records_answer', {
  records: wireList(wireMessage(recordMessage), MAX_RECORDS_PER_LIST),
});
