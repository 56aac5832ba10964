import { z } from 'zod';
import type { EndpointDescription, EndpointDescriptions } from '../http/endpoint-description.js';
import {
  EXAMPLE_ANNOUNCEMENT,
  EXAMPLE_ENDPOINTS,
  EXAMPLE_FINGERPRINT,
  EXAMPLE_TIME,
  EXAMPLE_UUID,
} from '../protocol/examples.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { wellKnownMessage } from '../protocol/messages/well-known.js';
import {
  admissionAnswer,
  admissionsAnswer,
  joinAnswer,
  joinPending,
  verdictBody,
} from './admission-schemas.js';

const EXAMPLE_ADMISSION = {
  server_uuid: '9b0c5a52-8f0e-4d3a-9a51-7a1d2c9be002',
  fingerprint: '0123456789ABCDEF0123456789ABCDEF',
  server_id: 'acme-corp',
  verdict: 'approved',
  decided_at: EXAMPLE_TIME,
};

/** By server_uuid; the fingerprint where that does not say who is meant. */
function verdict(summary: string, description: string, decision: string): EndpointDescription {
  return {
    who: 'administration',
    summary,
    description,
    parameters: {
      serverUuid: {
        description: 'The server_uuid',
        schema: z.uuid(),
        example: EXAMPLE_ADMISSION.server_uuid,
      },
    },
    body: {
      schema: verdictBody,
      isOptional: true,
      examples: { 'a server that has yet to come': { fingerprint: EXAMPLE_ADMISSION.fingerprint } },
    },
    answers: {
      200: {
        description: 'What was decided',
        schema: admissionAnswer,
        examples: { decided: { ...EXAMPLE_ADMISSION, verdict: decision } },
      },
    },
    errors: ['invalid_field', 'unknown_peer', 'database_unavailable'],
  };
}

export const ADMISSION_ENDPOINTS: EndpointDescriptions = {
  'POST /api/v1/ext/join': {
    who: 'federation',
    summary: 'A newcomer asks to be admitted',
    description:
      'Takes an announcement as `gossip/receive` does, without an envelope, and says whether its server is known from now on or has to be checked first (wire protocol 2.4).',
    body: {
      schema: announcementMessage,
      examples: { 'an announcement': EXAMPLE_ANNOUNCEMENT },
      examplesAreStale: 'Its time is past.',
    },
    answers: {
      200: { description: 'It is known', schema: joinAnswer, examples: { known: { state: 'known' } } },
      202: {
        description: 'It is being checked, or waits for the operator',
        schema: joinPending,
        examples: { pending: { state: 'pending', retry_after: 3 } },
      },
    },
    errors: [
      'not_found',
      'invalid_field',
      'endpoint_not_allowed',
      'announcement_expired',
      'announcement_in_future',
      'announcement_superseded',
      'signature_invalid',
      'key_mismatch',
      'key_unacceptable',
      'peer_blocked',
      'identity_revoked',
      'name_taken',
      'not_admitted',
      'newcomer_limit',
      'directory_full',
      'database_unavailable',
    ],
  },
  'GET /.well-known/lattice': {
    who: 'federation',
    summary: 'Where the server of this name is',
    description:
      'For a DNS name whose server is at another host: what `https://{server_id}/.well-known/lattice` has to answer (wire protocol 2.4). Other servers ask for it when they verify the name.',
    answers: {
      200: {
        description: 'This server',
        schema: wellKnownMessage,
        examples: {
          'of acme-corp': {
            discovery: EXAMPLE_ENDPOINTS.discovery,
            server_uuid: EXAMPLE_UUID,
            fingerprint: EXAMPLE_FINGERPRINT,
          },
        },
      },
    },
    errors: ['not_found', 'own_identity_revoked'],
  },
  'GET /api/v1/admissions': {
    who: 'administration',
    summary: 'Who waits to be admitted',
    description:
      'Newcomers that are being checked, whose check failed, or who wait for your word, and what you decided before (wire protocol 2.4). Those that wait are held in memory, at most 1,000 of them.',
    answers: {
      200: {
        description: 'Who waits, the oldest first; what was decided, the latest first',
        schema: admissionsAnswer,
        examples: {
          'one of each': {
            waiting: [
              {
                server_uuid: EXAMPLE_UUID,
                fingerprint: EXAMPLE_FINGERPRINT,
                server_id: 'chat.example.org',
                discovery: 'https://chat.example.org/discovery',
                state: 'asking',
                problem: null,
                since: EXAMPLE_TIME,
              },
            ],
            decided: [EXAMPLE_ADMISSION],
          },
        },
      },
    },
    errors: ['database_unavailable'],
  },
  'POST /api/v1/admissions/:serverUuid/approve': verdict(
    'Admits a newcomer',
    'In every mode, without its name being verified; it still has to answer before it is a neighbour or a route. A block counts for more. For a server on file with two successors of one key, the fingerprint approved last says which chain counts, from when that record is brought again (wire protocol 2.4).',
    'approved',
  ),
  'POST /api/v1/admissions/:serverUuid/refuse': verdict(
    'Keeps a newcomer out',
    'In every mode, until it is approved. Whoever is in the directory already is kept out by a block (wire protocol 2.4).',
    'refused',
  ),
};
