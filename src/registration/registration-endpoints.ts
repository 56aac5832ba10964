import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { EXAMPLE_ANNOUNCEMENT, EXAMPLE_UUID } from '../protocol/examples.js';
import { registerBody, registrationAnswer, verificationAnswer } from './registration-schemas.js';

const EXAMPLE_FREE = {
  domain: 'free.example',
  available: true,
  collision_detected: false,
  existing_owner_uuid: null,
  confidence: 0.95,
  servers_queried: 3,
  message: '3 of 3 neighbours know of nobody else by this name',
};
const EXAMPLE_TAKEN = {
  domain: 'acme-corp',
  available: false,
  collision_detected: true,
  existing_owner_uuid: '9a1c7f0e-52b4-4c1b-8f6d-6a0b1c2d3e4f',
  confidence: 1,
  servers_queried: 0,
  message: 'the name belongs to another server',
};
const details = z.object({ verification: verificationAnswer });

export const REGISTRATION_ENDPOINTS: EndpointDescriptions = {
  'POST /api/v1/domain/verify': {
    who: 'administration',
    summary: 'Whether a name is free',
    description:
      'Asks the neighbours. A claim that somebody holds the name counts only where the holder proves it; confidence follows wire protocol 1.6.',
    parameters: {
      domain: { description: 'The name, in any case', schema: z.string(), example: 'free.example' },
      server_uuid: { description: 'Whose it would be', schema: z.string(), example: EXAMPLE_UUID },
    },
    answers: {
      200: {
        description: 'What was found',
        schema: verificationAnswer,
        examples: { free: EXAMPLE_FREE, taken: EXAMPLE_TAKEN },
      },
    },
    errors: ['invalid_field', 'own_identity_revoked', 'database_unavailable'],
  },
  'POST /api/v1/domain/register': {
    who: 'administration',
    summary: 'Claims a name for this server',
    description:
      'Verifies, then renames this server and announces the new name (wire protocol 1.4). UUID and key must be this server’s own.',
    body: {
      schema: registerBody,
      examples: {
        'a free name': {
          desired_domain: 'free.example',
          server_uuid: EXAMPLE_UUID,
          public_key: EXAMPLE_ANNOUNCEMENT.public_key,
        },
      },
    },
    answers: {
      200: {
        description: 'Renamed',
        schema: registrationAnswer,
        examples: {
          renamed: {
            success: true,
            domain: 'free.example',
            server_uuid: EXAMPLE_UUID,
            message: '3 of 3 neighbours know of nobody else by this name',
          },
        },
      },
    },
    errors: [
      'invalid_field',
      'identity_mismatch',
      { code: 'name_taken', details, example: { verification: EXAMPLE_TAKEN } },
      {
        code: 'name_unverified',
        details,
        example: { verification: { ...EXAMPLE_FREE, confidence: 0.4 } },
      },
      'own_identity_revoked',
      'secret_store_unavailable',
      'database_unavailable',
    ],
  },
};
