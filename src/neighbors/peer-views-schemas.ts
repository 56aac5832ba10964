import { z } from 'zod';
import { peerAnswer, peerDetailsAnswer } from '../peers/peers-schemas.js';
import { answeredTimestamp, answeredUuid } from '../protocol/answer-types.js';

/** Whether it is up, in both answers. */
const standing = {
  state: z
    .enum(['up', 'suspect', 'down'])
    .nullable()
    .describe('Of a neighbour that speaks `ext:1`; null for others, who are not watched'),
  state_since: answeredTimestamp().nullable(),
  last_heard: answeredTimestamp()
    .nullable()
    .describe('The last authenticated exchange since this process began to watch it'),
};

export const detailedPeerAnswer = peerAnswer
  .extend({
    server_uuid: answeredUuid(),
    proven_at: answeredTimestamp().nullable(),
    introduced_by: answeredUuid()
      .nullable()
      .describe('The server that told of it; null where it announced itself'),
    speaks_extension: z.boolean().describe('Whether it speaks `ext:1`'),
    role: z.enum(['anchor', 'random', 'feeler']).nullable().describe('What a neighbour is for (2.6)'),
    chosen_by: z.enum(['us', 'them']).nullable().describe('Of a neighbour: which side asked the other'),
    ...standing,
  })
  .meta({ id: 'DetailedPeer' });

const seenByIt = z.object({
  known: z.boolean(),
  proven: z.boolean(),
  neighbor: z.boolean(),
  reachable_since: z.string().nullable(),
  last_contact: z.string().nullable(),
  clock_difference_ms: z.number().int().nullable(),
});

export const shownPeerAnswer = peerDetailsAnswer
  .extend({
    ...standing,
    seen_by_it: seenByIt.nullable().describe('How it sees this server; null where it does not say'),
  })
  .meta({ id: 'Peer' });

export type DetailedPeerAnswer = z.infer<typeof detailedPeerAnswer>;
export type ShownPeerAnswer = z.infer<typeof shownPeerAnswer>;
