import { z } from 'zod';
import { answeredCount, answeredUuid } from '../protocol/answer-types.js';
import { messageSchema } from '../protocol/message.js';
import { peerListMessage } from '../protocol/messages/peer-list.js';

export const exportedAnswer = z
  .object({
    list: messageSchema(peerListMessage),
    next: answeredUuid().nullable().describe('What to ask for `after` next; null at the end'),
  })
  .meta({ id: 'ExportedPeers' });

export const importedAnswer = z
  .object({
    added: answeredCount().describe('Not known here before; nobody was called for it'),
    changed: answeredCount(),
    unchanged: answeredCount(),
    refused: z.array(z.object({ server_uuid: z.string(), code: z.string() })),
  })
  .meta({ id: 'ImportedPeers' });

export type ImportedAnswer = z.infer<typeof importedAnswer>;
