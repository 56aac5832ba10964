import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireText } from '../wire-types.js';

/**
 * Challenge (wire protocol 2.3): that a server holds its key now. No other message has just these fields, so what is
 * signed here can never be taken for one of them, whatever the nonce.
 */
export const challengeMessage = defineMessage('challenge', {
  server_uuid: wireText(1, limits.MAX_SERVER_UUID_LENGTH),
  nonce: wireText(limits.MIN_NONCE_LENGTH, limits.MAX_NONCE_LENGTH),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
  signature: wireText(0, limits.MAX_SIGNATURE_LENGTH),
});

export type Challenge = MessageOf<typeof challengeMessage>;
