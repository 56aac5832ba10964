import type { EndpointDescription, EndpointDescriptions } from '../http/endpoint-description.js';
import { EXAMPLE_TIME } from '../protocol/examples.js';
import { z } from 'zod';
import { healthAnswer, liveAnswer, notReadyDetails, readyAnswer, statusAnswer } from './health-schemas.js';

const EXAMPLE_HEALTH = {
  status: 'healthy',
  problems: [],
  service: 'discovery_daemon',
  server_id: 'chat.example.org',
  last_gossip: EXAMPLE_TIME,
  maintenance_mode: false,
  saturation: 0.58,
  uptime_seconds: 4711,
};

const HEALTH: EndpointDescription = {
  who: 'administration',
  summary: 'How the daemon is, and why',
  description: 'For the operator: what is degraded, and why (wire protocol 1.4).',
  answers: {
    200: {
      description: 'Healthy or degraded; a degraded daemon still works',
      schema: healthAnswer,
      examples: {
        healthy: EXAMPLE_HEALTH,
        degraded: {
          ...EXAMPLE_HEALTH,
          status: 'degraded',
          problems: ['the database cannot be reached'],
          saturation: null,
        },
      },
    },
  },
};

export const HEALTH_ENDPOINTS: EndpointDescriptions = {
  'GET /status': {
    who: 'federation',
    summary: 'Whether this server is alive, and how well connected',
    description: 'For other servers (wire protocol 1.4).',
    answers: {
      200: {
        description: 'It is alive',
        schema: statusAnswer,
        examples: {
          alive: {
            alive: true,
            accepting_messages: false,
            peer_count: 4,
            saturation: 0.58,
            version: '1.0',
          },
        },
      },
    },
    errors: ['database_unavailable'],
  },
  'GET /health': HEALTH,
  'GET /health/live': {
    who: 'administration',
    summary: 'Whether the process answers',
    description: 'For a supervisor: one that does not answer is to be restarted. It asks nobody else.',
    answers: {
      200: { description: 'It does', schema: liveAnswer, examples: { alive: { status: 'alive' } } },
    },
  },
  'GET /health/ready': {
    who: 'administration',
    summary: 'Whether requests may be sent here',
    description: 'For a supervisor or a balancer: the database answers, and the daemon is not stopping.',
    answers: {
      200: {
        description: 'They may',
        schema: readyAnswer,
        examples: { ready: { status: 'ready', reasons: [] } },
      },
    },
    errors: [
      {
        code: 'not_ready',
        details: notReadyDetails,
        example: { status: 'not_ready', reasons: ['the database cannot be reached'] },
      },
    ],
  },
  'GET /metrics': {
    who: 'administration',
    summary: 'Metrics, for Prometheus',
    description: 'In its text format; docs/monitoring explains each metric.',
    answers: {
      200: {
        description: 'All metrics; those that need the database are left out while it is away',
        mediaType: 'text/plain',
        schema: z.string(),
        examples: { 'one of them': 'lattice_neighbors 5' },
      },
    },
  },
  'GET /api/v1/health': { ...HEALTH, description: 'The same as `GET /health`.' },
};
