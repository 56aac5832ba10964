import { z } from 'zod';
import { answeredCount, answeredServerId, answeredShare, answeredUuid } from '../protocol/answer-types.js';
import { MAX_PUBLIC_KEY_LENGTH, MAX_SERVER_ID_LENGTH, MAX_SERVER_UUID_LENGTH } from '../protocol/limits.js';
import { wireText } from '../protocol/wire-types.js';

export const registerBody = z.object({
  desired_domain: wireText(1, MAX_SERVER_ID_LENGTH),
  server_uuid: wireText(0, MAX_SERVER_UUID_LENGTH),
  public_key: wireText(0, MAX_PUBLIC_KEY_LENGTH),
});

export const verificationAnswer = z
  .object({
    domain: answeredServerId(),
    available: z.boolean(),
    collision_detected: z.boolean(),
    existing_owner_uuid: answeredUuid().nullable(),
    confidence: answeredShare(),
    servers_queried: answeredCount(),
    message: z.string(),
  })
  .meta({ id: 'Verification' });

export const registrationAnswer = z
  .object({
    success: z.literal(true),
    domain: answeredServerId(),
    server_uuid: answeredUuid(),
    message: z.string(),
  })
  .meta({ id: 'Registration' });

export type VerificationAnswer = z.infer<typeof verificationAnswer>;
export type RegistrationAnswer = z.infer<typeof registrationAnswer>;
