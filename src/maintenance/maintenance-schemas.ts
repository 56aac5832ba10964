import { z } from 'zod';
import { answeredTimestamp } from '../protocol/answer-types.js';

export const announceBody = z.object({ force: z.boolean().default(false) }).default({ force: false });

export const announceAnswer = z
  .union([
    z.object({ status: z.literal('scheduled') }),
    z.object({ status: z.literal('rate_limited'), next_allowed: answeredTimestamp() }),
  ])
  .meta({ id: 'Announced' });

export const taskScheduledAnswer = z
  .object({ status: z.literal('scheduled'), message: z.string() })
  .meta({ id: 'TaskScheduled' });

export const taskCompletedAnswer = z
  .object({ status: z.literal('completed'), message: z.string() })
  .meta({ id: 'TaskCompleted' });

export type AnnounceAnswer = z.infer<typeof announceAnswer>;
export type TaskScheduledAnswer = z.infer<typeof taskScheduledAnswer>;
export type TaskCompletedAnswer = z.infer<typeof taskCompletedAnswer>;
