import { SIGNED_REQUEST_ERRORS } from '../calls/calls-endpoints.js';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { EXAMPLE_TIME, EXAMPLE_UUID } from '../protocol/examples.js';
import { probeAnswer, probeMessage } from '../protocol/messages/ext/probe.js';
import { viewAnswer } from '../protocol/messages/ext/view.js';
import { PROBES_PER_CALLER } from './probe-answers.js';

export const DETECTION_ENDPOINTS: EndpointDescriptions = {
  'GET /api/v1/ext/view': {
    who: 'federation',
    summary: 'How this server sees the caller',
    description:
      'Also the probe by which neighbours see that each other lives (wire protocol 2.3, 2.6). The clock difference is in whole seconds.',
    answers: {
      200: {
        description: 'What is known of the caller here',
        schema: viewAnswer,
        examples: {
          'a neighbour': {
            known: true,
            proven: true,
            neighbor: true,
            reachable_since: EXAMPLE_TIME,
            last_contact: EXAMPLE_TIME,
            clock_difference_ms: 0,
          },
        },
      },
    },
    errors: SIGNED_REQUEST_ERRORS,
  },
  'POST /api/v1/ext/probe': {
    who: 'federation',
    summary: 'Whether a third server answers',
    description: `This server calls it, where it has itself proved where it is, at most once in half a minute, and refuses (not_ready) to call one silent while it is itself unwell (wire protocol 2.3). ${PROBES_PER_CALLER} a minute for one caller.`,
    body: {
      schema: probeMessage,
      examples: { one: { server_uuid: EXAMPLE_UUID } },
      examplesAreStale: 'They carry no signature of the request.',
    },
    answers: {
      200: {
        description: 'What came of the call',
        schema: probeAnswer,
        examples: {
          reachable: { reachable: true, rtt_ms: 12 },
          silent: { reachable: false, rtt_ms: null },
        },
      },
    },
    errors: ['invalid_field', ...SIGNED_REQUEST_ERRORS],
  },
};
