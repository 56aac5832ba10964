import { readFileSync } from 'node:fs';
import { acknowledgmentMessage } from '../../src/protocol/messages/acknowledgment.js';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { domainQueryMessage } from '../../src/protocol/messages/domain-query.js';
import { domainResponseMessage } from '../../src/protocol/messages/domain-response.js';
import { federatedMessage } from '../../src/protocol/messages/federated-message.js';
import { gossipEnvelope } from '../../src/protocol/messages/gossip-envelope.js';
import { identityRevocationMessage } from '../../src/protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../../src/protocol/messages/key-rotation.js';
import { peerExchangeMessage } from '../../src/protocol/messages/peer-exchange.js';
import { FederationError } from '../../src/protocol/errors.js';
import { parseJson } from '../../src/protocol/json.js';
import type { MessageDefinition } from '../../src/protocol/message.js';

/** The vectors nest deeper than a body may; the bound of 64 has its own tests. */
export const VECTOR_DEPTH = 1000;

export function readVectors(file: string): string {
  return readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8');
}

/** One value per line. */
export function readVectorLines<T>(file: string): T[] {
  return readVectors(file)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

export type Outcome = { readonly canonical: string } | { readonly refusedField: string };

/** By the names that the vectors use: what reading a text as that message comes to. */
export const outcomes: Readonly<Record<string, (json: string) => Outcome>> = {
  announcement: reading(announcementMessage),
  peer_exchange: reading(peerExchangeMessage),
  key_rotation: reading(keyRotationMessage),
  identity_revocation: reading(identityRevocationMessage),
  domain_query: reading(domainQueryMessage),
  domain_response: reading(domainResponseMessage),
  gossip: reading(gossipEnvelope),
  message: reading(federatedMessage),
  federated_message: reading(federatedMessage),
  ack: reading(acknowledgmentMessage),
  acknowledgment: reading(acknowledgmentMessage),
};

function reading<M>(definition: MessageDefinition<M>): (json: string) => Outcome {
  return (json) => {
    try {
      return { canonical: definition.signingText(definition.decode(parseJson(json, VECTOR_DEPTH))) };
    } catch (error) {
      if (!(error instanceof FederationError) || error.code !== 'invalid_field') throw error;
      return { refusedField: error.extra.field ?? '' };
    }
  };
}
