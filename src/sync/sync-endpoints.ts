import { SIGNED_REQUEST_ERRORS } from '../calls/calls-endpoints.js';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { EXAMPLE_ANNOUNCEMENT, EXAMPLE_UUID } from '../protocol/examples.js';
import { changesAnswer, changesMessage } from '../protocol/messages/ext/changes.js';
import { digestAnswer, digestMessage } from '../protocol/messages/ext/digest.js';
import { recordsAnswer, recordsMessage } from '../protocol/messages/ext/records.js';
import { rumorAnswer, rumorMessage } from '../protocol/messages/ext/rumor.js';

const HASH = '0f343b0931126a20f133d67c2b018a3b5e1d1c6f3a7f3f3d1f6b7c1d9f8e7a6b';
const EPOCH = '7d1c2c1e-5f0a-4d57-8b1e-3c9d2f1a6b01';
const entry = { server_uuid: EXAMPLE_UUID, hash: HASH };
const record = {
  server_uuid: EXAMPLE_UUID,
  rotations: [],
  announcement: EXAMPLE_ANNOUNCEMENT,
  revocation: null,
  void_revocation: null,
};
const errors = ['invalid_field', ...SIGNED_REQUEST_ERRORS] as const;

export const SYNC_ENDPOINTS: EndpointDescriptions = {
  'POST /api/v1/ext/rumor': {
    who: 'federation',
    summary: 'What is new, from a neighbour',
    description:
      'Up to 32 records whole, and up to 500 servers of whose record there is something new, by its hash (wire protocol 2.3, 2.5). A record that is refused spoils no other.',
    body: {
      schema: rumorMessage,
      examples: { rumour: { records: [record], offers: [entry] } },
    },
    answers: {
      200: {
        description: 'Of what was offered, what is wanted',
        schema: rumorAnswer,
        examples: { all: { want: [EXAMPLE_UUID] }, nothing: { want: [] } },
      },
    },
    errors,
  },
  'POST /api/v1/ext/changes': {
    who: 'federation',
    summary: 'What has changed here since a cursor',
    description:
      'Hashes of records in the order in which they arrived here (wire protocol 2.3). A cursor of another epoch, which is another database, begins anew.',
    body: {
      schema: changesMessage,
      examples: { 'from a cursor': { epoch: EPOCH, after: 4711, limit: 500 }, all: {} },
    },
    answers: {
      200: {
        description: 'A page, and the cursor after it',
        schema: changesAnswer,
        examples: {
          'the last page': { epoch: EPOCH, changes: [entry], after: 4712, more: false, root: HASH },
        },
      },
    },
    errors,
  },
  'POST /api/v1/ext/digest': {
    who: 'federation',
    summary: 'Whether, and where, two directories differ',
    description:
      'The root first; where it differs, the leaves below some buckets; then the entries of some leaves (wire protocol 2.3).',
    body: {
      schema: digestMessage,
      examples: { root: { root: HASH }, 'below a bucket': { buckets: [17] }, 'of a leaf': { leaves: [275] } },
    },
    answers: {
      200: {
        description: 'What was asked for, and the cursor that goes with it',
        schema: digestAnswer,
        examples: {
          equal: { epoch: EPOCH, after: 4712, same: true, bucket_hashes: [], leaf_hashes: [], entries: [] },
          'of a leaf': {
            epoch: EPOCH,
            after: 4712,
            same: false,
            bucket_hashes: [],
            leaf_hashes: [],
            entries: [entry],
          },
        },
      },
    },
    errors,
  },
  'POST /api/v1/ext/records': {
    who: 'federation',
    summary: 'Records of servers',
    description:
      'Up to 200, as many as 512 KiB hold, in the order in which they were asked for (wire protocol 2.3). What is not relayed is left out.',
    body: { schema: recordsMessage, examples: { one: { server_uuids: [EXAMPLE_UUID] } } },
    answers: {
      200: { description: 'The records', schema: recordsAnswer, examples: { one: { records: [record] } } },
    },
    errors,
  },
};
