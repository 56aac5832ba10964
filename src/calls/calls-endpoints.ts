import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import type { FederationErrorCode } from '../protocol/errors.js';
import { EXAMPLE_TIME, EXAMPLE_UUID } from '../protocol/examples.js';
import { MAX_NONCE_LENGTH, MIN_NONCE_LENGTH } from '../protocol/limits.js';
import { challengeMessage } from '../protocol/messages/challenge.js';

/** What every endpoint may answer whose handler is marked `@FromExtPeers()`; `not_found` where the extension is switched off. */
export const SIGNED_REQUEST_ERRORS: readonly FederationErrorCode[] = [
  'not_found',
  'signature_required',
  'malformed_signature',
  'unknown_peer',
  'peer_blocked',
  'identity_revoked',
  'message_in_future',
  'message_expired',
  'not_ready',
  'signature_invalid',
  'message_replayed',
  'digest_mismatch',
  'database_unavailable',
];

const EXAMPLE_NONCE = '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f';

export const CALLS_ENDPOINTS: EndpointDescriptions = {
  'GET /api/v1/ext/challenge': {
    who: 'federation',
    summary: 'That this server holds its key now',
    description:
      'Signs a nonce of the caller’s with the key in force, in a message of its own shape, so that it can be taken for no other (wire protocol 2.3). 30 a minute for one source.',
    parameters: {
      nonce: {
        description: `${MIN_NONCE_LENGTH} to ${MAX_NONCE_LENGTH} of A-Z a-z 0-9 - _`,
        schema: z
          .string()
          .regex(/^[A-Za-z0-9_-]+$/)
          .min(MIN_NONCE_LENGTH)
          .max(MAX_NONCE_LENGTH),
        example: EXAMPLE_NONCE,
      },
    },
    answers: {
      200: {
        description: 'The nonce, signed',
        schema: challengeMessage,
        examples: {
          signed: {
            server_uuid: EXAMPLE_UUID,
            nonce: EXAMPLE_NONCE,
            timestamp: EXAMPLE_TIME,
            signature: 'base64',
          },
        },
      },
    },
    errors: ['not_found', 'invalid_field', 'own_identity_revoked', 'database_unavailable'],
  },
};
