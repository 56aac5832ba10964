import { z } from 'zod';
import {
  answeredCount,
  answeredFingerprint,
  answeredServerId,
  answeredTimestamp,
  answeredUuid,
} from '../protocol/answer-types.js';
import { FINGERPRINT } from '../protocol/strict.js';

export const joinAnswer = z
  .object({ state: z.literal('known').describe('It is in the directory') })
  .meta({ id: 'Joined' });

export const joinPending = z
  .object({
    state: z.literal('pending').describe('It is being checked, or the operator is asked'),
    retry_after: answeredCount().describe('Seconds until it should ask again'),
  })
  .meta({ id: 'JoinPending' });

export type JoinAnswer = z.infer<typeof joinAnswer> | z.infer<typeof joinPending>;

const waiting = z.object({
  server_uuid: answeredUuid(),
  fingerprint: answeredFingerprint(),
  server_id: answeredServerId(),
  discovery: z.string().describe('Where it says it is'),
  state: z
    .enum(['checking', 'failed', 'asking'])
    .describe('`checking`: in its turn. `failed`: `problem` says why. `asking`: it waits for you'),
  problem: z.string().nullable(),
  since: answeredTimestamp(),
});

const decided = z.object({
  server_uuid: answeredUuid(),
  fingerprint: answeredFingerprint(),
  server_id: answeredServerId().nullable().describe('As it called itself then'),
  verdict: z.enum(['approved', 'refused']),
  decided_at: answeredTimestamp(),
});

export const admissionsAnswer = z
  .object({ waiting: z.array(waiting), decided: z.array(decided) })
  .meta({ id: 'Admissions' });

export const admissionAnswer = decided.meta({ id: 'Admission' });

/** Which of several that claim one server_uuid, or one that nobody has heard of yet. */
export const verdictBody = z
  .object({ fingerprint: z.string().regex(FINGERPRINT, 'must be 32 hexadecimal digits in upper case') })
  .partial()
  .optional();

export type AdmissionsAnswer = z.infer<typeof admissionsAnswer>;
export type AdmissionAnswer = z.infer<typeof admissionAnswer>;
