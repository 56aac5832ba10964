import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireFreeJson, wireOneOf, wireText } from '../wire-types.js';

/** GossipMessage (wire protocol 1.3): the unsigned envelope of `gossip/receive`. The last two kinds are reserved. */
export const gossipEnvelope = defineMessage('gossip_message', {
  message_type: wireOneOf(
    'announcement',
    'peer_exchange',
    'key_rotation',
    'identity_revocation',
    'domain_query',
    'domain_response',
  ),
  payload: wireFreeJson(),
  from_server: wireText(1, limits.MAX_SERVER_ID_LENGTH),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
});

export type GossipEnvelope = MessageOf<typeof gossipEnvelope>;
