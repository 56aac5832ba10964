import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { trustAnswer, trustBody } from './peers-schemas.js';

export const SERVER_ID_PARAMETER = {
  description: 'Its name, in any case',
  schema: z.string(),
  example: 'acme-corp',
};

export const PEERS_ENDPOINTS: EndpointDescriptions = {
  'PUT /api/v1/peers/:serverId/trust': {
    who: 'administration',
    summary: 'What the operator thinks of a server',
    description:
      'A blocked server is heard no more but for its key rotations and its revocation; it is no neighbour, no route, and named to nobody (wire protocol 1.6). Any other trust takes back the entries of the blocklist that name this server alone. Revocation is its owner’s alone.',
    parameters: { serverId: SERVER_ID_PARAMETER },
    body: {
      schema: trustBody,
      examples: { 'keep it out': { trust: 'blocked' }, 'let it in again': { trust: 'unknown' } },
    },
    answers: {
      200: {
        description: 'What is now on file',
        schema: trustAnswer,
        examples: {
          blocked: { server_id: 'acme-corp', trust_status: 'blocked' },
          'let in, but for the blocklist': {
            server_id: 'chat.bad.example',
            trust_status: 'unknown',
            still_blocked_by: { kind: 'domain', identifier: 'bad.example' },
          },
        },
      },
    },
    errors: ['invalid_field', 'unknown_peer', 'database_unavailable'],
  },
};
