import type { EndpointDescriptions } from '../http/endpoint-description.js';
import {
  announceAnswer,
  announceBody,
  taskCompletedAnswer,
  taskScheduledAnswer,
} from './maintenance-schemas.js';

export const MAINTENANCE_ENDPOINTS: EndpointDescriptions = {
  'POST /api/v1/announce': {
    who: 'administration',
    summary: 'Starts a gossip round',
    description: 'Unless one ran within the last 60 s and `force` is false (wire protocol 1.4).',
    body: {
      schema: announceBody,
      isOptional: true,
      examples: { 'when it is time': { force: false }, 'at once': { force: true } },
    },
    answers: {
      200: {
        description: 'Whether a round starts',
        schema: announceAnswer,
        examples: {
          scheduled: { status: 'scheduled' },
          'too soon': { status: 'rate_limited', next_allowed: '2026-11-23T01:03:03.456789+00:00' },
        },
      },
    },
    errors: ['invalid_field'],
  },
  'POST /api/v1/maintenance/update_neighbors': {
    who: 'administration',
    summary: 'Starts a neighbour update',
    description: 'Asks the silent, fills free places, sometimes replaces one (wire protocol 1.6).',
    answers: {
      200: {
        description: 'It has started',
        schema: taskScheduledAnswer,
        examples: {
          scheduled: { status: 'scheduled', message: 'the neighbours are being updated' },
        },
      },
    },
  },
  'POST /api/v1/maintenance/cleanup': {
    who: 'administration',
    summary: 'Deletes what is past its time',
    description: 'Answers when it is done (wire protocol 1.6, cleanup).',
    answers: {
      200: {
        description: 'It is done',
        schema: taskCompletedAnswer,
        examples: { completed: { status: 'completed', message: 'what was past its time is deleted' } },
      },
    },
    errors: ['database_unavailable'],
  },
};
