import { z } from 'zod';
import {
  answeredFingerprint,
  answeredServerId,
  answeredTimestamp,
  answeredUuid,
} from '../protocol/answer-types.js';
import { MAX_REASON_LENGTH } from '../protocol/limits.js';
import { wireText } from '../protocol/wire-types.js';

export const rotateBody = z.object({
  reason: z.enum(['scheduled', 'compromise_suspected', 'upgrade']).default('scheduled'),
});

/** Cannot be undone, so the caller says so: `confirm`. */
export const revokeBody = z.object({
  reason: wireText(0, MAX_REASON_LENGTH),
  confirm: z.literal('permanently'),
});

export const identityAnswer = z
  .object({
    server_id: answeredServerId(),
    server_uuid: answeredUuid(),
    fingerprint: answeredFingerprint(),
    created_at: answeredTimestamp(),
    revoked_at: answeredTimestamp().optional().describe('Only after a revocation'),
  })
  .meta({ id: 'Identity' });

export type IdentityAnswer = z.infer<typeof identityAnswer>;
