import { defineMessage } from '../../message.js';
import { wireBoolean } from '../../wire-types.js';

/** Makes, affirms or ends the link between two neighbours (wire protocol 2.5: links are mutual). */
export const linkMessage = defineMessage('link', {
  /** False ends it. */
  wanted: wireBoolean(),
  /** For a gossip round only, to try it out (wire protocol 2.6). */
  feeler: wireBoolean().default(false),
  /** The asker has too few neighbours to stay connected if some of them die. */
  in_need: wireBoolean().default(false),
});

/** False where the asked one has no place free, and after the end of the link. */
export const linkAnswer = defineMessage('link_answer', { linked: wireBoolean() });
