import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireInteger, wireLowerCaseText, wireText } from '../wire-types.js';

/** DomainQuery (wire protocol 1.3): where is this server? Old servers send it unsigned. */
export const domainQueryMessage = defineMessage('domain_query', {
  query_id: wireText(1, limits.MAX_ID_LENGTH),
  domain: wireLowerCaseText(
    limits.MAX_SERVER_ID_LENGTH,
    (text) => text !== '' && !text.includes('://') && !text.includes('@'),
    'a name without :// and @',
  ),
  requester: wireText(1, limits.MAX_SERVER_ID_LENGTH),
  max_hops: wireInteger(1, limits.MAX_QUERY_HOPS).default(limits.DEFAULT_QUERY_HOPS),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
  signature: wireText(0, limits.MAX_SIGNATURE_LENGTH).nullable().default(null),
});

export type DomainQuery = MessageOf<typeof domainQueryMessage>;
