import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireText, wireUrl } from '../wire-types.js';

/** What a DNS name says of the server that has it, at `/.well-known/lattice` (wire protocol 2.4). Unsigned: TLS vouches for it. */
export const wellKnownMessage = defineMessage('well_known', {
  discovery: wireUrl(),
  server_uuid: wireText(1, limits.MAX_SERVER_UUID_LENGTH),
  fingerprint: wireText(1, limits.MAX_FINGERPRINT_LENGTH),
});

export type WellKnown = MessageOf<typeof wellKnownMessage>;
