import { z } from 'zod';
import { answeredCount } from '../protocol/answer-types.js';

export const importedAnswer = z
  .object({
    added: answeredCount().describe('Not known here before; nobody was called for it'),
    changed: answeredCount(),
    unchanged: answeredCount(),
    refused: z.array(z.object({ server_uuid: z.string(), code: z.string() })),
  })
  .meta({ id: 'ImportedPeers' });

export type ImportedAnswer = z.infer<typeof importedAnswer>;
