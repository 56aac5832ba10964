import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { EXAMPLE_ANNOUNCEMENT, EXAMPLE_TIME, EXAMPLE_UUID } from '../protocol/examples.js';
import { messageSchema, type DescribedMessage } from '../protocol/message.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import { gossipEnvelope } from '../protocol/messages/gossip-envelope.js';
import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../protocol/messages/key-rotation.js';
import { peerExchangeMessage } from '../protocol/messages/peer-exchange.js';
import { acceptedAnswer } from './gossip-schemas.js';

/** The envelope around the kinds that are taken; the reserved ones are refused. */
const gossipBody = z
  .union([
    enveloped(announcementMessage),
    enveloped(peerExchangeMessage),
    enveloped(keyRotationMessage),
    enveloped(identityRevocationMessage),
  ])
  .meta({ id: 'GossipMessage' });

function enveloped(message: DescribedMessage): z.ZodType {
  const kindAndPayload = { message_type: z.literal(message.name), payload: messageSchema(message) };
  return z.object({ ...gossipEnvelope.shape, ...kindAndPayload });
}

function example(message_type: string, payload: object): object {
  return { message_type, payload, from_server: 'chat.example.org', timestamp: EXAMPLE_TIME };
}

const SIGNED = { version: '1.0', timestamp: EXAMPLE_TIME, signature: 'base64' };
const PEM = '-----BEGIN PUBLIC KEY-----\nMIIB...\n-----END PUBLIC KEY-----\n';

export const GOSSIP_ENDPOINTS: EndpointDescriptions = {
  'POST /api/v1/gossip/receive': {
    who: 'federation',
    summary: 'What servers tell each other',
    description:
      'A GossipMessage: an envelope that proves nothing around a message that is signed (wire protocol 1.3). What is refused changed nothing. `domain_query` and `domain_response` are reserved.',
    body: {
      schema: gossipBody,
      examples: {
        'an announcement': example('announcement', EXAMPLE_ANNOUNCEMENT),
        'a peer exchange': example('peer_exchange', {
          ...SIGNED,
          from_server: 'chat.example.org',
          peers: ['acme-corp', 'lattice-0a1b2c3d', 'hub.example.net'],
        }),
        'a key rotation': example('key_rotation', {
          ...SIGNED,
          server_uuid: EXAMPLE_UUID,
          old_public_key: EXAMPLE_ANNOUNCEMENT.public_key,
          new_public_key: PEM,
          reason: 'upgrade',
        }),
        'an identity revocation': example('identity_revocation', {
          ...SIGNED,
          server_uuid: EXAMPLE_UUID,
          server_id: 'chat.example.org',
          reason: 'the machine was stolen',
        }),
      },
      examplesAreStale: 'Their times are past, and only the announcement has a signature that holds.',
    },
    answers: {
      200: {
        description: 'Taken, or already known',
        schema: acceptedAnswer,
        examples: { accepted: { status: 'accepted' } },
      },
    },
    errors: [
      'unsupported_message',
      'announcement_expired',
      'announcement_in_future',
      'announcement_superseded',
      'message_expired',
      'message_in_future',
      'message_replayed',
      'signature_invalid',
      'key_mismatch',
      'peer_blocked',
      'identity_revoked',
      'not_admitted',
      'unknown_peer',
      'name_taken',
      'key_reused',
      'invalid_field',
      'endpoint_not_allowed',
      'key_unacceptable',
      'newcomer_limit',
      'directory_full',
      'database_unavailable',
    ],
  },
};
