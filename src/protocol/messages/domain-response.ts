import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireBoolean, wireInteger, wireNumber, wireText } from '../wire-types.js';

/** DomainResponse (wire protocol 1.3): unsigned, so a hint. `endpointUrl` is the federation endpoint. */
export const domainResponseMessage = defineMessage('domain_response', {
  query_id: wireText(1, limits.MAX_ID_LENGTH),
  domain: wireText(1, limits.MAX_SERVER_ID_LENGTH),
  found: wireBoolean(),
  server_id: wireText(0, limits.MAX_SERVER_ID_LENGTH).nullable().default(null),
  endpoint_url: wireText(0, limits.MAX_URL_LENGTH).nullable().default(null),
  hop_count: wireInteger(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  confidence: wireNumber(0, 1).default(0.9),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
});

export type DomainResponse = MessageOf<typeof domainResponseMessage>;
