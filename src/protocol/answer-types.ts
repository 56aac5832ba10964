import { z } from 'zod';
import { MAX_SERVER_ID_LENGTH } from './limits.js';
import { FINGERPRINT, UUID } from './strict.js';

/** Building blocks of the schemas of answers: what this daemon writes, which is narrower than what it takes. */

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+00:00$/;
const SERVER_ID = /^[a-z0-9._-]+$/;

/** A time in UTC, as `formatTimestamp` writes it. */
export function answeredTimestamp(): z.ZodString {
  return z.string().regex(TIMESTAMP).meta({ format: 'date-time' });
}

/** A name in lower case (wire protocol 1.1). */
export function answeredServerId(): z.ZodString {
  return z.string().max(MAX_SERVER_ID_LENGTH).regex(SERVER_ID);
}

export function answeredUuid(): z.ZodString {
  return z.string().regex(UUID).meta({ format: 'uuid' });
}

export function answeredFingerprint(): z.ZodString {
  return z.string().regex(FINGERPRINT);
}

/** 0 to 1. */
export function answeredShare(): z.ZodNumber {
  return z.number().min(0).max(1);
}

export function answeredCount(): z.ZodNumber {
  return z.number().int().min(0);
}
