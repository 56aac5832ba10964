import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { EXAMPLE_ENDPOINTS, EXAMPLE_TIME } from '../protocol/examples.js';
import { peerAnswer, trustAnswer, trustBody } from './peers-schemas.js';

export const PEERS_ENDPOINTS: EndpointDescriptions = {
  'GET /api/v1/peers': {
    who: 'administration',
    summary: 'The servers in the directory',
    description: 'Neighbours first, then the latest seen (wire protocol 1.4).',
    parameters: {
      active_only: {
        description: 'Only those seen within 7 days. Also 1 and 0.',
        schema: z.boolean().default(true),
        example: 'true',
        isOptional: true,
      },
      include_blocked: {
        description: 'Blocked and revoked ones too. Also 1 and 0.',
        schema: z.boolean().default(false),
        example: 'false',
        isOptional: true,
      },
    },
    answers: {
      200: {
        description: 'The list, empty for a server that knows nobody',
        schema: z.array(peerAnswer),
        examples: {
          'one neighbour': [
            {
              server_id: 'acme-corp',
              is_neighbor: true,
              trust_status: 'unknown',
              last_seen: EXAMPLE_TIME,
              endpoints: EXAMPLE_ENDPOINTS,
            },
          ],
        },
      },
    },
    errors: ['invalid_field', 'database_unavailable'],
  },
  'PUT /api/v1/peers/:serverId/trust': {
    who: 'administration',
    summary: 'What the operator thinks of a server',
    description:
      'A blocked server is heard no more but for its key rotations and its revocation; it is no neighbour, no route, and named to nobody (wire protocol 1.6). Revocation is its owner’s alone.',
    parameters: {
      serverId: {
        description: 'Its name, in any case',
        schema: z.string(),
        example: 'acme-corp',
      },
    },
    body: {
      schema: trustBody,
      examples: { 'keep it out': { trust: 'blocked' }, 'let it in again': { trust: 'unknown' } },
    },
    answers: {
      200: {
        description: 'What is now on file',
        schema: trustAnswer,
        examples: { blocked: { server_id: 'acme-corp', trust_status: 'blocked' } },
      },
    },
    errors: ['invalid_field', 'unknown_peer', 'database_unavailable'],
  },
};
