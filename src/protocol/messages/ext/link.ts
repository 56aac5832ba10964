import { defineMessage } from '../../message.js';
import { wireBoolean } from '../../wire-types.js';

/** Makes, or ends, the link between two neighbours (wire protocol 2.5: links are mutual). */
export const linkMessage = defineMessage('link', { wanted: wireBoolean() });

/** False where the asked one has no place free. */
export const linkAnswer = defineMessage('link_answer', { linked: wireBoolean() });
