import { z } from 'zod';
import {
  answeredCount,
  answeredServerId,
  answeredShare,
  answeredTimestamp,
} from '../protocol/answer-types.js';

export const statusAnswer = z
  .object({
    alive: z.literal(true),
    accepting_messages: z.boolean(),
    peer_count: answeredCount(),
    saturation: answeredShare().describe('How well connected (wire protocol 1.6)'),
    version: z.string(),
  })
  .meta({ id: 'Status' });

export const healthAnswer = z
  .object({
    status: z.enum(['healthy', 'degraded']),
    problems: z.array(z.string()).readonly().describe('Why it is degraded, a sentence each'),
    service: z.literal('discovery_daemon'),
    server_id: answeredServerId(),
    last_gossip: answeredTimestamp().nullable().describe('The last round; null before the first'),
    maintenance_mode: z.boolean().describe('A clean-up is running'),
    saturation: answeredShare().nullable().describe('null where the database cannot be asked'),
    uptime_seconds: answeredCount(),
  })
  .meta({ id: 'Health' });

export const liveAnswer = z.object({ status: z.literal('alive') }).meta({ id: 'Live' });

export const readyAnswer = z
  .object({ status: z.literal('ready'), reasons: z.array(z.string()).max(0) })
  .meta({ id: 'Ready' });

export const notReadyDetails = z.object({
  status: z.literal('not_ready'),
  reasons: z.array(z.string()).describe('What is missing, a sentence each'),
});

export type LiveAnswer = z.infer<typeof liveAnswer>;
export type ReadyAnswer = z.infer<typeof readyAnswer>;
export type StatusAnswer = z.infer<typeof statusAnswer>;
export type HealthAnswer = z.infer<typeof healthAnswer>;
