import { splitAddress } from '../addresses.js';
import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import {
  emptyFreeJson,
  wireFreeJson,
  wireInteger,
  wireLowerCaseText,
  wireOneOf,
  wireText,
} from '../wire-types.js';

const wireAddress = () =>
  wireLowerCaseText(limits.MAX_ADDRESS_LENGTH, (text) => splitAddress(text) !== null, 'user@server_id');

/** FederatedMessage (wire protocol 1.3): from a user of one server to a user of another. */
export const federatedMessage = defineMessage('federated_message', {
  version: wireText(0, limits.MAX_VERSION_LENGTH).default('1.0'),
  message_id: wireText(0, limits.MAX_ID_LENGTH),
  message_type: wireOneOf('pager', 'location', 'ai_to_ai').default('pager'),
  from_address: wireAddress(),
  to_address: wireAddress(),
  content: wireText(0, limits.MAX_CONTENT_LENGTH),
  priority: wireInteger(0, 2).default(0),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
  sender_fingerprint: wireText(0, limits.MAX_FINGERPRINT_LENGTH),
  signature: wireText(0, limits.MAX_SIGNATURE_LENGTH),
  location: wireFreeJson().nullable().default(null),
  metadata: wireFreeJson().default(emptyFreeJson),
});

export type FederatedMessage = MessageOf<typeof federatedMessage>;
