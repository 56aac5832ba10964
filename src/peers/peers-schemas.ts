import { z } from 'zod';
import {
  answeredCount,
  answeredFingerprint,
  answeredServerId,
  answeredTimestamp,
  answeredUuid,
} from '../protocol/answer-types.js';

/** Revocation is the owner's alone, so it cannot be set. */
export const trustBody = z.object({ trust: z.enum(['unknown', 'trusted', 'untrusted', 'blocked']) });

const trustStatus = z.enum(['unknown', 'trusted', 'untrusted', 'blocked', 'revoked']);
const endpoints = z.object({ discovery: z.url(), federation: z.url() });

export const peerAnswer = z
  .object({
    server_id: answeredServerId(),
    is_neighbor: z.boolean().describe('One of the at most eight that this server gossips with'),
    trust_status: trustStatus,
    last_seen: answeredTimestamp(),
    endpoints,
  })
  .meta({ id: 'ListedPeer' });

export const peerDetailsAnswer = z.object({
  server_id: answeredServerId(),
  server_uuid: answeredUuid(),
  fingerprint: answeredFingerprint(),
  first_fingerprint: answeredFingerprint().describe('Of its first key: with the UUID, its identity'),
  endpoints,
  trust_status: trustStatus,
  blocked_until: answeredTimestamp().nullable().describe('Null for a block without an end, or none'),
  is_neighbor: z.boolean(),
  neighbor_since: answeredTimestamp().nullable(),
  first_seen: answeredTimestamp(),
  last_seen: answeredTimestamp(),
  announced_at: answeredTimestamp().nullable().describe('Null for one known from hearsay alone'),
  proven_at: answeredTimestamp()
    .nullable()
    .describe('When it last answered from the endpoints on file; null where it has yet to'),
  last_exchange: answeredTimestamp().nullable(),
  previous_keys: z
    .array(
      z.object({
        old_fingerprint: answeredFingerprint(),
        new_fingerprint: answeredFingerprint(),
        rotated_at: answeredTimestamp(),
      }),
    )
    .describe('The latest first'),
  reserved_names: z
    .array(z.object({ server_id: answeredServerId(), reserved_until: answeredTimestamp() }))
    .describe('Names that it left'),
  revocation: z.object({ reason: z.string(), revoked_at: answeredTimestamp() }).nullable(),
  introduced_by: answeredUuid()
    .nullable()
    .describe('UUID of the server that told us of it; null where it announced itself here'),
  speaks_extension: z.boolean().describe('Whether it speaks part 2 of the protocol'),
  claims: z
    .array(
      z.object({
        kind: z.enum(['server_uuid', 'server_id', 'fork']),
        fingerprint: answeredFingerprint(),
        server_uuid: answeredUuid(),
        server_id: answeredServerId().nullable(),
        told_by: answeredUuid().nullable(),
        first_seen: answeredTimestamp(),
      }),
    )
    .describe(
      'What others claim, signed, of what it has; without effect. A fork: a second successor of a key',
    ),
  pending_deliveries: z
    .array(z.object({ kind: z.string(), attempts: answeredCount(), next_attempt: answeredTimestamp() }))
    .describe('Rotations and the revocation of this server that it has yet to take'),
});

export const trustAnswer = z
  .object({
    server_id: answeredServerId(),
    trust_status: trustBody.shape.trust,
    still_blocked_by: z
      .object({ kind: z.enum(['server', 'domain', 'fingerprint']), identifier: z.string() })
      .optional()
      .describe('What of the blocklist keeps it out all the same; only there where something does'),
  })
  .meta({ id: 'Trust' });

export type PeerAnswer = z.infer<typeof peerAnswer>;
export type PeerDetailsAnswer = z.infer<typeof peerDetailsAnswer>;
export type TrustAnswer = z.infer<typeof trustAnswer>;
