import { expect, it } from 'vitest';
import { nameProofFor } from './name-proof.js';

const WELL_KNOWN = 'https://chat.example.org/.well-known/lattice';

it.each([
  ['a bare name is proven by nothing', 'acme-corp', 'https://lattice.acme.example/discovery', 'none'],
  ['an address is proven by who answers there', '192.0.2.1', 'https://192.0.2.1', 'host'],
  ['an address of somebody else by nobody', '192.0.2.1', 'https://192.0.2.2', 'impossible'],
  ['a name with a dot too many by nobody', 'chat.example.org.', 'https://lattice.example.org', 'impossible'],
  [
    'a name that is the host, by who answers there',
    'chat.example.org',
    'https://chat.example.org/discovery',
    'host',
  ],
  ['whatever the port and the case', 'chat.example.org', 'http://Chat.Example.org:8080', 'host'],
  [
    'a name of another host, by what it says itself',
    'chat.example.org',
    'https://lattice.example.org',
    WELL_KNOWN,
  ],
  ['a name above the host is another', 'chat.example.org', 'https://evil.chat.example.org', WELL_KNOWN],
  ['a name below the host is another', 'chat.example.org', 'https://example.org', WELL_KNOWN],
  [
    'a name that the host merely begins with',
    'chat.example.org',
    'https://chat.example.org.evil.net',
    WELL_KNOWN,
  ],
])('%s', (_sentence, serverId, discovery, expected) => {
  const proof = nameProofFor(serverId, { discovery, federation: discovery });
  expect(proof.type === 'well_known' ? proof.url : proof.type).toBe(expected);
});
