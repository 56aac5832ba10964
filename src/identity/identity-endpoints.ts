import type { EndpointDescriptions } from '../http/endpoint-description.js';
import {
  EXAMPLE_ANNOUNCEMENT,
  EXAMPLE_FINGERPRINT,
  EXAMPLE_TIME,
  EXAMPLE_UUID,
} from '../protocol/examples.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { identityAnswer, revokeBody, rotateBody } from './identity-schemas.js';

const EXAMPLE_IDENTITY = {
  server_id: 'chat.example.org',
  server_uuid: EXAMPLE_UUID,
  fingerprint: EXAMPLE_FINGERPRINT,
  created_at: '2026-11-22T20:15:45.923000+00:00',
};

export const IDENTITY_ENDPOINTS: EndpointDescriptions = {
  'GET /api/v1/announcement': {
    who: 'federation',
    summary: 'Who this server is and where it is reached',
    description:
      'This server’s signed announcement, at most a minute old (wire protocol 1.3). Others verify it with the key in it.',
    answers: {
      200: {
        description: 'The announcement',
        schema: announcementMessage,
        examples: { 'of chat.example.org': EXAMPLE_ANNOUNCEMENT },
      },
    },
    errors: ['own_identity_revoked', 'database_unavailable'],
  },
  'GET /api/v1/identity': {
    who: 'administration',
    summary: 'Who this server is',
    description: 'Name, UUID, fingerprint of the key in force, and since when (wire protocol 1.1).',
    answers: {
      200: {
        description: 'The identity',
        schema: identityAnswer,
        examples: { 'of chat.example.org': EXAMPLE_IDENTITY },
      },
    },
  },
  'POST /api/v1/identity/rotate-key': {
    who: 'administration',
    summary: 'Gives this server a new key',
    description:
      'Makes a key pair, signs the rotation with the old one and delivers it to every server known first-hand until each has taken it (wire protocol 1.3, KeyRotation). UUID and name stay.',
    body: {
      schema: rotateBody,
      examples: { 'for routine': {}, 'after a suspicion': { reason: 'compromise_suspected' } },
    },
    answers: {
      200: {
        description: 'The identity with its new fingerprint',
        schema: identityAnswer,
        examples: {
          rotated: { ...EXAMPLE_IDENTITY, fingerprint: '9C1D0E5B7A64F2381D2E3F405162738A' },
        },
      },
    },
    errors: ['invalid_field', 'own_identity_revoked', 'secret_store_unavailable', 'database_unavailable'],
  },
  'POST /api/v1/identity/revoke': {
    who: 'administration',
    summary: 'Ends this identity for ever',
    description:
      'Signs a revocation and delivers it to every server known first-hand (wire protocol 1.3, IdentityRevocation). It cannot be undone: no server takes this UUID again.',
    body: {
      schema: revokeBody,
      examples: { 'a stolen machine': { reason: 'the machine was stolen', confirm: 'permanently' } },
    },
    answers: {
      200: {
        description: 'The identity, revoked',
        schema: identityAnswer,
        examples: { revoked: { ...EXAMPLE_IDENTITY, revoked_at: EXAMPLE_TIME } },
      },
    },
    errors: ['invalid_field', 'own_identity_revoked', 'secret_store_unavailable', 'database_unavailable'],
  },
};
