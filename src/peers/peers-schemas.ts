import { z } from 'zod';
import { answeredServerId, answeredTimestamp } from '../protocol/answer-types.js';

/** Revocation is the owner's alone, so it cannot be set. */
export const trustBody = z.object({ trust: z.enum(['unknown', 'trusted', 'untrusted', 'blocked']) });

export const peerAnswer = z
  .object({
    server_id: answeredServerId(),
    is_neighbor: z.boolean().describe('One of the at most eight that this server gossips with'),
    trust_status: z.enum(['unknown', 'trusted', 'untrusted', 'blocked', 'revoked']),
    last_seen: answeredTimestamp(),
    endpoints: z.object({ discovery: z.url(), federation: z.url() }),
  })
  .meta({ id: 'ListedPeer' });

export const trustAnswer = z
  .object({ server_id: answeredServerId(), trust_status: trustBody.shape.trust })
  .meta({ id: 'Trust' });

export type PeerAnswer = z.infer<typeof peerAnswer>;
export type TrustAnswer = z.infer<typeof trustAnswer>;
