import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireText } from '../wire-types.js';

/** IdentityRevocation (wire protocol 1.3): the end of an identity, for ever. `server_id` is not lower-cased. */
export const identityRevocationMessage = defineMessage('identity_revocation', {
  version: wireText(0, limits.MAX_VERSION_LENGTH).default('1.0'),
  server_uuid: wireText(0, limits.MAX_SERVER_UUID_LENGTH),
  server_id: wireText(1, limits.MAX_SERVER_ID_LENGTH),
  reason: wireText(0, limits.MAX_REASON_LENGTH),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
  signature: wireText(0, limits.MAX_SIGNATURE_LENGTH),
});

export type IdentityRevocation = MessageOf<typeof identityRevocationMessage>;
