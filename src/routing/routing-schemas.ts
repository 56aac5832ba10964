import { z } from 'zod';
import { answeredServerId, answeredShare } from '../protocol/answer-types.js';

export const routeAnswer = z
  .object({
    found: z.boolean(),
    domain: answeredServerId().describe('The name asked for'),
    server_id: answeredServerId().nullable(),
    endpoint_url: z.url().nullable().describe('Where its messages go: the federation endpoint'),
    confidence: answeredShare().describe('1 is first-hand; each hop multiplies by 0.9'),
    from_cache: z.boolean().describe('From the route cache rather than the directory'),
  })
  .meta({ id: 'Route' });

export type RouteAnswer = z.infer<typeof routeAnswer>;
