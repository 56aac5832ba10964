import { SIGNED_REQUEST_ERRORS } from '../calls/calls-endpoints.js';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { linkAnswer, linkMessage } from '../protocol/messages/ext/link.js';
import { LINKS_PER_CALLER } from './link-answers.js';

export const LINKS_ENDPOINTS: EndpointDescriptions = {
  'POST /api/v1/ext/link': {
    who: 'federation',
    summary: 'To be neighbours, or no longer',
    description: `Makes the link on both sides, affirms it, or ends it (wire protocol 2.5, 2.6). A server that is full says so, and the caller asks another. ${LINKS_PER_CALLER} a minute for one caller.`,
    body: {
      schema: linkMessage,
      examples: {
        'a link': { wanted: true, feeler: false, in_need: false },
        'its end': { wanted: false, feeler: false, in_need: false },
      },
      examplesAreStale: 'They carry no signature of the request.',
    },
    answers: {
      200: {
        description: 'Whether the two are linked from here on',
        schema: linkAnswer,
        examples: { linked: { linked: true }, 'full, or ended': { linked: false } },
      },
    },
    errors: ['invalid_field', ...SIGNED_REQUEST_ERRORS],
  },
};
