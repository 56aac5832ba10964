import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { EXAMPLE_ENDPOINTS, EXAMPLE_FINGERPRINT, EXAMPLE_TIME, EXAMPLE_UUID } from '../protocol/examples.js';
import { peerAnswer, peerDetailsAnswer, trustAnswer, trustBody } from './peers-schemas.js';

const serverId = { description: 'Its name, in any case', schema: z.string(), example: 'acme-corp' };

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
  'GET /api/v1/peers/:serverId': {
    who: 'administration',
    summary: 'Everything known of one server',
    description: 'Also of one that is blocked or revoked.',
    parameters: { serverId },
    answers: {
      200: {
        description: 'What is on file',
        schema: peerDetailsAnswer,
        examples: {
          'a neighbour with a new key': {
            server_id: 'acme-corp',
            server_uuid: EXAMPLE_UUID,
            fingerprint: EXAMPLE_FINGERPRINT,
            first_fingerprint: '0123456789ABCDEF0123456789ABCDEF',
            endpoints: EXAMPLE_ENDPOINTS,
            trust_status: 'unknown',
            blocked_until: null,
            is_neighbor: true,
            neighbor_since: EXAMPLE_TIME,
            first_seen: EXAMPLE_TIME,
            last_seen: EXAMPLE_TIME,
            announced_at: EXAMPLE_TIME,
            proven_at: EXAMPLE_TIME,
            last_exchange: null,
            previous_keys: [
              {
                old_fingerprint: '0123456789ABCDEF0123456789ABCDEF',
                new_fingerprint: EXAMPLE_FINGERPRINT,
                rotated_at: EXAMPLE_TIME,
              },
            ],
            reserved_names: [],
            revocation: null,
            pending_deliveries: [],
          },
        },
      },
    },
    errors: ['invalid_field', 'unknown_peer', 'database_unavailable'],
  },
  'PUT /api/v1/peers/:serverId/trust': {
    who: 'administration',
    summary: 'What the operator thinks of a server',
    description:
      'A blocked server is heard no more but for its key rotations and its revocation; it is no neighbour, no route, and named to nobody (wire protocol 1.6). Revocation is its owner’s alone.',
    parameters: { serverId },
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
