import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { EXAMPLE_ENDPOINTS, EXAMPLE_TIME } from '../protocol/examples.js';
import { domainQueryMessage } from '../protocol/messages/domain-query.js';
import { domainResponseMessage } from '../protocol/messages/domain-response.js';
import { routeAnswer } from './routing-schemas.js';

const EXAMPLE_QUERY = {
  query_id: '0d3f5f0e-7c1b-4f57-9a1d-2b8f6c7d8e90',
  domain: 'acme-corp',
  requester: 'chat.example.org',
  max_hops: 5,
  timestamp: EXAMPLE_TIME,
};
const EXAMPLE_RESPONSE = {
  query_id: EXAMPLE_QUERY.query_id,
  domain: 'acme-corp',
  found: true,
  server_id: 'acme-corp',
  endpoint_url: EXAMPLE_ENDPOINTS.federation,
  hop_count: 1,
  confidence: 0.9,
  timestamp: EXAMPLE_TIME,
};

export const ROUTING_ENDPOINTS: EndpointDescriptions = {
  'POST /api/v1/route/:domain': {
    who: 'administration',
    summary: 'From a name to an endpoint',
    description:
      'Looks into the directory and the route cache, then asks neighbours. What they answer is verified at the place itself before it is answered and kept (wire protocol 2.4). A name that nobody knows is no error.',
    parameters: {
      domain: { description: 'The server_id, in any case', schema: z.string(), example: 'acme-corp' },
    },
    answers: {
      200: {
        description: 'The route, or `found: false`',
        schema: routeAnswer,
        examples: {
          found: {
            found: true,
            domain: 'acme-corp',
            server_id: 'acme-corp',
            endpoint_url: EXAMPLE_ENDPOINTS.federation,
            confidence: 0.9,
            from_cache: true,
          },
          'not found': {
            found: false,
            domain: 'nobody.example',
            server_id: null,
            endpoint_url: null,
            confidence: 0,
            from_cache: false,
          },
        },
      },
    },
    errors: ['invalid_field', 'database_unavailable'],
  },
  'POST /api/v1/domain/query': {
    who: 'federation',
    summary: 'Where is the server of this name?',
    description:
      'A DomainQuery (wire protocol 1.3). One signed by a known server is passed on to neighbours where the name is not known here; an unsigned one is answered from local knowledge alone. A query_id that was seen before is answered `found: false`.',
    body: {
      schema: domainQueryMessage,
      examples: {
        signed: { ...EXAMPLE_QUERY, signature: 'base64' },
        unsigned: { ...EXAMPLE_QUERY, query_id: '5b0e7a14-2f7d-4a0e-8a40-6f8f5f3f1c22' },
      },
      examplesAreStale: 'A signed query may be 5 minutes old, and its signature has to hold.',
    },
    answers: {
      200: {
        description: 'A DomainResponse: unsigned, so a hint',
        schema: domainResponseMessage,
        examples: {
          found: EXAMPLE_RESPONSE,
          'not found': {
            ...EXAMPLE_RESPONSE,
            found: false,
            server_id: null,
            endpoint_url: null,
            hop_count: 0,
            confidence: 0,
          },
        },
      },
    },
    errors: [
      'invalid_field',
      'message_expired',
      'message_in_future',
      'signature_invalid',
      'peer_blocked',
      'identity_revoked',
      'database_unavailable',
    ],
  },
};
