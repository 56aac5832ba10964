import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireList, wireText } from '../wire-types.js';

/** PeerExchange (wire protocol 1.3): names of servers that the sender knows. Names are not lower-cased. */
export const peerExchangeMessage = defineMessage('peer_exchange', {
  version: wireText(0, limits.MAX_VERSION_LENGTH).default('1.0'),
  from_server: wireText(1, limits.MAX_SERVER_ID_LENGTH),
  peers: wireList(wireText(0, limits.MAX_SERVER_ID_LENGTH), limits.MAX_EXCHANGED_PEERS),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
  signature: wireText(0, limits.MAX_SIGNATURE_LENGTH),
});

export type PeerExchange = MessageOf<typeof peerExchangeMessage>;
