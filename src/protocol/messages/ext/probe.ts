import { MAX_SERVER_UUID_LENGTH } from '../../limits.js';
import { defineMessage } from '../../message.js';
import { wireBoolean, wireInteger, wireText } from '../../wire-types.js';

/** Asks a neighbour to see whether a third server answers (wire protocol 2.3, `ext/probe`). */
export const probeMessage = defineMessage('probe', {
  server_uuid: wireText(1, MAX_SERVER_UUID_LENGTH),
});

export const probeAnswer = defineMessage('probe_answer', {
  reachable: wireBoolean(),
  /** Null where it did not answer. */
  rtt_ms: wireInteger(0, 60_000).nullable().default(null),
});
