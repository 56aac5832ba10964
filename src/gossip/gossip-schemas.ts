import { z } from 'zod';

export const acceptedAnswer = z.object({ status: z.literal('accepted') }).meta({ id: 'Accepted' });

export type AcceptedAnswer = z.infer<typeof acceptedAnswer>;
