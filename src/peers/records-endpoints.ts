import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { EXAMPLE_ANNOUNCEMENT, EXAMPLE_TIME, EXAMPLE_UUID } from '../protocol/examples.js';
import { exportedPeersMessage, peerListMessage } from '../protocol/messages/peer-list.js';
import { recordMessage } from '../protocol/records/record-message.js';
import { importedAnswer } from './records-schemas.js';

const EXAMPLE_RECORD = {
  server_uuid: EXAMPLE_UUID,
  rotations: [],
  announcement: EXAMPLE_ANNOUNCEMENT,
  revocation: null,
  void_revocation: null,
};

const EXAMPLE_LIST = {
  version: '1.0',
  server_uuid: EXAMPLE_UUID,
  server_id: EXAMPLE_ANNOUNCEMENT.server_id,
  public_key: EXAMPLE_ANNOUNCEMENT.public_key,
  records: [EXAMPLE_RECORD],
  timestamp: EXAMPLE_TIME,
  signature: EXAMPLE_ANNOUNCEMENT.signature,
};

const serverUuid = { description: 'Of the server', schema: z.string(), example: EXAMPLE_UUID };

export const RECORDS_ENDPOINTS: EndpointDescriptions = {
  'GET /api/v1/ext/keychain/:serverUuid': {
    who: 'federation',
    summary: 'The keys of one server, from the first on',
    description:
      'Its rotations, the announcement that its last key signed, its revocation if there is one: the record proves itself (wire protocol 2.2). Of this server, or of any other that it may tell of.',
    parameters: { serverUuid },
    answers: {
      200: {
        description: 'The record',
        schema: recordMessage,
        examples: { 'of a server with its first key': EXAMPLE_RECORD },
      },
    },
    errors: ['not_found', 'invalid_field', 'unknown_peer', 'database_unavailable'],
  },
  'GET /api/v1/peer-lists': {
    who: 'administration',
    summary: 'Writes the directory down, signed, a page at a time',
    description:
      'For servers that are out of reach (wire protocol 2.2); `lattice peers export` makes a file of it.',
    parameters: {
      after: {
        description: 'The `next` of the page before',
        schema: z.string(),
        example: EXAMPLE_UUID,
        isOptional: true,
      },
    },
    answers: {
      200: {
        description: 'At most 200 records, 512 KiB of them',
        schema: exportedPeersMessage,
        examples: { 'the only page': { list: EXAMPLE_LIST, next: null } },
      },
    },
    errors: ['invalid_field', 'own_identity_revoked', 'database_unavailable'],
  },
  'POST /api/v1/peer-lists/import': {
    who: 'administration',
    summary: 'Takes records that another server wrote down',
    description:
      'Each is verified as if it had come over the network. Nobody is called: servers that were not known are kept as hints until there is use for them (wire protocol 2.4).',
    body: {
      schema: peerListMessage,
      examples: { 'one server': EXAMPLE_LIST },
      examplesAreStale: 'The list has a signature of another message.',
    },
    answers: {
      200: {
        description: 'What became of them',
        schema: importedAnswer,
        examples: { 'one new server': { added: 1, changed: 0, unchanged: 0, refused: [] } },
      },
    },
    errors: ['invalid_field', 'key_unacceptable', 'signature_invalid', 'database_unavailable'],
  },
};
