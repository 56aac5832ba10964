import { describe, expect, it } from 'vitest';
import { fingerprintOf, requireAcceptableKey, SignatureVerifier } from '../../src/platform/keys.js';
import { parseJson } from '../../src/protocol/json.js';
import type { MessageDefinition } from '../../src/protocol/message.js';
import { acknowledgmentMessage } from '../../src/protocol/messages/acknowledgment.js';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { challengeMessage } from '../../src/protocol/messages/challenge.js';
import { domainQueryMessage } from '../../src/protocol/messages/domain-query.js';
import { domainResponseMessage } from '../../src/protocol/messages/domain-response.js';
import { federatedMessage } from '../../src/protocol/messages/federated-message.js';
import { gossipEnvelope } from '../../src/protocol/messages/gossip-envelope.js';
import { identityRevocationMessage } from '../../src/protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../../src/protocol/messages/key-rotation.js';
import { peerExchangeMessage } from '../../src/protocol/messages/peer-exchange.js';
import { wellKnownMessage } from '../../src/protocol/messages/well-known.js';
import {
  requireAcceptableAcknowledgment,
  requireAcceptableAnnouncement,
  requireAcceptableDomainQuery,
  requireAcceptableDomainResponse,
  requireAcceptableFederatedMessage,
  requireAcceptableGossipEnvelope,
  requireAcceptableIdentityRevocation,
  requireAcceptableKeyRotation,
  requireAcceptablePeerExchange,
  requireUuid,
} from '../../src/protocol/strict.js';
import { allHandlers } from '../support/handlers.js';
import { repositoryFiles, textOf } from './repository.js';
import { code, tableRows } from './tables.js';

const text = textOf('docs/protocol.md');

const blocks = [...text.matchAll(/^```(\w+)(?: (\w+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language, name, content]) => ({ language, name, content: content!.trim() }),
);

function example(name: string): string {
  return blocks.find((block) => block.name === name)!.content;
}

/** Reads an example as a received message would be, and answers it as it would be sent. */
function reader<M>(definition: MessageDefinition<M>, requireAcceptable: (message: M) => void) {
  const read = (wire: string): string => {
    const message = definition.decode(parseJson(wire));
    requireAcceptable(message);
    return definition.encode(message);
  };
  return [definition.name, read] as const;
}

const READERS = [
  reader(announcementMessage, requireAcceptableAnnouncement),
  reader(gossipEnvelope, requireAcceptableGossipEnvelope),
  reader(peerExchangeMessage, requireAcceptablePeerExchange),
  reader(keyRotationMessage, requireAcceptableKeyRotation),
  reader(identityRevocationMessage, requireAcceptableIdentityRevocation),
  reader(domainQueryMessage, requireAcceptableDomainQuery),
  reader(domainResponseMessage, requireAcceptableDomainResponse),
  reader(federatedMessage, requireAcceptableFederatedMessage),
  reader(acknowledgmentMessage, requireAcceptableAcknowledgment),
  reader(challengeMessage, ({ serverUuid }) => requireUuid('server_uuid', serverUuid)),
  reader(wellKnownMessage, ({ serverUuid }) => requireUuid('server_uuid', serverUuid)),
];

describe('the examples of docs/protocol.md', () => {
  it('show every message once', () => {
    const shown = blocks.filter(({ language, name }) => language === 'json' && name !== undefined);
    expect(shown.map(({ name }) => name)).toEqual(READERS.map(([name]) => name));
  });

  it.each(READERS)('show %s with all its fields and no other', (name, read) => {
    expect(JSON.parse(read(example(name)))).toEqual(JSON.parse(example(name)));
  });

  it('show an announcement whose canonical form, fingerprint and signature are as said', async () => {
    const announcement = announcementMessage.decode(parseJson(example('announcement')));
    const signed = announcementMessage.signingText(announcement);
    expect(signed).toBe(example('canonical'));
    expect(text).toContain(`\`${fingerprintOf(announcement.publicKey)}\``);
    requireAcceptableKey(announcement.publicKey);
    const { publicKey, signature } = announcement;
    const verifier = new SignatureVerifier();
    expect(await verifier.verify(publicKey, signed, signature)).toBe(true);
    expect(await verifier.verify(publicKey, `${signed} `, signature)).toBe(false);
  });
});

describe('the endpoints of docs/protocol.md', () => {
  it('are those of the controllers, open to the same callers', async () => {
    const documented = tableRows(text, 'endpoint').map(([endpoint, who]) => `${who} ${code(endpoint)}`);
    const routes = (await allHandlers()).map(({ endpoint, isOpen }) => `${isOpen ? 'F' : 'A'} ${endpoint}`);
    expect(documented.sort()).toEqual(routes.sort());
  });
});

describe('the sections of docs/protocol.md', () => {
  it('hold every one that the code cites', () => {
    const sections = new Set([...text.matchAll(/^#+ (\d\.\d) /gm)].map((match) => match[1]!));
    const sources = repositoryFiles()
      .filter((path) => path.endsWith('.ts'))
      .map(textOf);
    const cited = sources.flatMap((source) =>
      [...source.matchAll(/wire protocol (\d\.[1-9])/gi)].map((match) => match[1]!),
    );
    expect(cited.length).toBeGreaterThan(50);
    expect([...new Set(cited)].filter((section) => !sections.has(section))).toEqual([]);
  });
});
