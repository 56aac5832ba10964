import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireOneOf, wireText } from '../wire-types.js';

/** KeyRotation (wire protocol 1.3): a server's new key, signed by its old one. */
export const keyRotationMessage = defineMessage('key_rotation', {
  version: wireText(0, limits.MAX_VERSION_LENGTH).default('1.0'),
  server_uuid: wireText(0, limits.MAX_SERVER_UUID_LENGTH),
  old_public_key: wireText(0, limits.MAX_PUBLIC_KEY_LENGTH),
  new_public_key: wireText(0, limits.MAX_PUBLIC_KEY_LENGTH),
  reason: wireOneOf('scheduled', 'compromise_suspected', 'upgrade').default('scheduled'),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
  signature: wireText(0, limits.MAX_SIGNATURE_LENGTH),
});

export type KeyRotation = MessageOf<typeof keyRotationMessage>;
