import { MAX_TIMESTAMP_LENGTH } from '../../limits.js';
import { defineMessage, type MessageOf } from '../../message.js';
import { wireBoolean, wireInteger, wireText } from '../../wire-types.js';

const time = () => wireText(1, MAX_TIMESTAMP_LENGTH).nullable().default(null);

/** How a server sees the one that asks (wire protocol 2.3, `ext/view`). */
export const viewAnswer = defineMessage('view_answer', {
  known: wireBoolean(),
  /** Whether the caller has answered it from the endpoints that it announced. */
  proven: wireBoolean(),
  neighbor: wireBoolean(),
  /** Null where it is not up. */
  reachable_since: time(),
  last_contact: time(),
  /** The caller's clock against its own, positive where the caller's is ahead; null where it was never seen. */
  clock_difference_ms: wireInteger(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    .nullable()
    .default(null),
});

export type View = MessageOf<typeof viewAnswer>;
