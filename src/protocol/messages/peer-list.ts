import * as limits from '../limits.js';
import { defineMessage, wireMessage, type MessageOf } from '../message.js';
import { recordMessage } from '../records/record-message.js';
import { wireList, wireText } from '../wire-types.js';

/**
 * Records for whoever cannot be reached over the network yet, in a file (wire protocol 2.2). The signature says who wrote
 * them down, under the key that is named; each record proves itself.
 */
export const peerListMessage = defineMessage('peer_list', {
  version: wireText(0, limits.MAX_VERSION_LENGTH).default('1.0'),
  server_uuid: wireText(0, limits.MAX_SERVER_UUID_LENGTH),
  server_id: wireText(1, limits.MAX_SERVER_ID_LENGTH),
  public_key: wireText(0, limits.MAX_PUBLIC_KEY_LENGTH),
  records: wireList(wireMessage(recordMessage), limits.MAX_RECORDS_PER_LIST),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
  signature: wireText(0, limits.MAX_SIGNATURE_LENGTH),
});

export type PeerList = MessageOf<typeof peerListMessage>;

/** A page of a directory that is written down, and the UUID after which the next one begins. */
export const exportedPeersMessage = defineMessage('exported_peers', {
  list: wireMessage(peerListMessage),
  next: wireText(0, limits.MAX_SERVER_UUID_LENGTH).nullable().default(null),
});
