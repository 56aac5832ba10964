import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { SERVER_ID_PARAMETER } from '../peers/peers-endpoints.js';
import { peerAnswer } from '../peers/peers-schemas.js';
import { EXAMPLE_ENDPOINTS, EXAMPLE_TIME, EXAMPLE_UUID } from '../protocol/examples.js';
import { detailedPeerAnswer, shownPeerAnswer } from './peer-views-schemas.js';

export const PEER_VIEWS_ENDPOINTS: EndpointDescriptions = {
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
      detail: {
        description: 'With what is known of each besides, such as whether a neighbour is up. Also 1 and 0.',
        schema: z.boolean().default(false),
        example: 'false',
        isOptional: true,
      },
    },
    answers: {
      200: {
        description: 'The list, empty for a server that knows nobody',
        schema: z.array(z.union([detailedPeerAnswer, peerAnswer])),
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
          'one neighbour, in detail': [
            {
              server_id: 'acme-corp',
              is_neighbor: true,
              trust_status: 'unknown',
              last_seen: EXAMPLE_TIME,
              endpoints: EXAMPLE_ENDPOINTS,
              server_uuid: EXAMPLE_UUID,
              proven_at: EXAMPLE_TIME,
              introduced_by: null,
              speaks_extension: true,
              role: 'anchor',
              chosen_by: 'us',
              state: 'up',
              state_since: EXAMPLE_TIME,
              last_heard: EXAMPLE_TIME,
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
    description:
      'Also of one that is blocked or revoked. One that speaks `ext:1` is asked how it sees this server, for at most 3 seconds.',
    parameters: { serverId: SERVER_ID_PARAMETER },
    answers: {
      200: {
        description: 'What is on file',
        schema: shownPeerAnswer,
        examples: {
          'a neighbour with a new key': {
            server_id: 'acme-corp',
            server_uuid: '9b0c5a52-8f0e-4d3a-9a51-7a1d2c9be002',
            fingerprint: '0123456789ABCDEF0123456789ABCDEF',
            first_fingerprint: 'FEDCBA9876543210FEDCBA9876543210',
            endpoints: EXAMPLE_ENDPOINTS,
            trust_status: 'unknown',
            blocked_until: null,
            is_neighbor: true,
            neighbor_since: '2026-11-22T20:16:00.000000+00:00',
            first_seen: '2026-11-22T20:15:59.100000+00:00',
            last_seen: '2026-11-23T01:02:03.456789+00:00',
            announced_at: '2026-11-23T01:02:03.400000+00:00',
            proven_at: '2026-11-22T20:15:59.900000+00:00',
            last_exchange: '2026-11-23T01:02:03.440000+00:00',
            previous_keys: [
              {
                old_fingerprint: 'FEDCBA9876543210FEDCBA9876543210',
                new_fingerprint: '0123456789ABCDEF0123456789ABCDEF',
                rotated_at: '2026-11-22T22:00:00.000000+00:00',
              },
            ],
            reserved_names: [
              {
                server_id: 'acme-old',
                reserved_until: '2027-02-20T22:00:00.000000+00:00',
              },
            ],
            revocation: null,
            introduced_by: null,
            speaks_extension: true,
            claims: [],
            pending_deliveries: [
              {
                kind: 'key_rotation',
                attempts: 2,
                next_attempt: '2026-11-23T01:06:03.456789+00:00',
              },
            ],
            state: 'up',
            state_since: '2026-11-22T20:16:15.000000+00:00',
            last_heard: '2026-11-23T01:02:03.456789+00:00',
            seen_by_it: {
              known: true,
              proven: true,
              neighbor: true,
              reachable_since: '2026-11-22T20:16:16.000000+00:00',
              last_contact: '2026-11-23T01:02:03.456789+00:00',
              clock_difference_ms: 0,
            },
          },
        },
      },
    },
    errors: ['invalid_field', 'unknown_peer', 'database_unavailable'],
  },
};
