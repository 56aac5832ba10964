import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireOneOf, wireText } from '../wire-types.js';

/** MessageAcknowledgment (wire protocol 1.3): what became of a message, signed by the recipient server. */
export const acknowledgmentMessage = defineMessage('acknowledgment', {
  version: wireText(0, limits.MAX_VERSION_LENGTH).default('1.0'),
  ack_type: wireOneOf('message_received', 'message_failed', 'unknown').default('unknown'),
  message_id: wireText(0, limits.MAX_ID_LENGTH),
  status: wireOneOf('delivered', 'failed', 'rejected'),
  recipient_server: wireText(1, limits.MAX_SERVER_ID_LENGTH),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
  signature: wireText(0, limits.MAX_SIGNATURE_LENGTH),
  error_message: wireText(0, limits.MAX_REASON_LENGTH).nullable().default(null),
  error_code: wireText(0, limits.MAX_ERROR_CODE_LENGTH).nullable().default(null),
});

export type Acknowledgment = MessageOf<typeof acknowledgmentMessage>;
