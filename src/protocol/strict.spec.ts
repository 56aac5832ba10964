import { describe, expect, it } from 'vitest';
import { JsonNumber, type JsonObject, parseJson } from './json.js';
import type { DomainResponse } from './messages/domain-response.js';
import type { FederatedMessage } from './messages/federated-message.js';
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
} from './strict.js';

const common = { version: '1.0', timestamp: '2026-11-23T12:00:00.000000+00:00', signature: 's' };
const serverUuid = '6f1c2f6e-7d2a-4c0e-9a7e-0d5b2c1f3a44';

const announcement = {
  ...common,
  serverId: 'a.example',
  serverUuid,
  publicKey: 'k',
  capabilities: { paging: true, aiMessaging: false, supportedVersions: ['1.0'] },
  endpoints: { federation: 'https://a.example/f', discovery: 'https://a.example/d' },
};
const peerExchange = { ...common, fromServer: 'a.example', peers: ['not a name'] };
const keyRotation = {
  ...common,
  serverUuid,
  oldPublicKey: 'o',
  newPublicKey: 'n',
  reason: 'scheduled' as const,
};
const identityRevocation = { ...common, serverUuid, serverId: 'A.example', reason: '' };
const domainQuery = { ...common, queryId: 'q', domain: 'a', requester: 'B', maxHops: 5 };
const domainResponse: DomainResponse = {
  queryId: 'q',
  domain: 'a',
  found: false,
  serverId: null,
  endpointUrl: null,
  hopCount: 0,
  confidence: 0.9,
  timestamp: common.timestamp,
};
const envelope = { ...common, messageType: 'announcement' as const, payload: {}, fromServer: 'a' };
const message: FederatedMessage = {
  ...common,
  messageId: 'm',
  messageType: 'pager',
  fromAddress: 'a@b@c.example',
  toAddress: 'bob@b',
  content: '',
  priority: 0,
  senderFingerprint: '285255FA076789FA19E9D465E16D4679',
  location: null,
  metadata: parseJson('{"a": ["\\ud800", 1.0]}') as JsonObject,
};
const acknowledgment = {
  ...common,
  ackType: 'unknown' as const,
  messageId: 'm',
  status: 'delivered' as const,
  recipientServer: 'B.example',
  errorMessage: null,
  errorCode: null,
};

interface Row {
  readonly kind: string;
  readonly field: string;
  readonly value: unknown;
  readonly check: () => void;
}

/** One row per wrong value: the check of a message that is fine but for the change. */
function rows<M>(kind: string, require: (m: M) => void, valid: M, changes: [string, Partial<M>][]): Row[] {
  return [['', {}] as [string, Partial<M>], ...changes].map(([field, change]) => ({
    kind,
    field,
    value: Object.values(change)[0],
    check: () => require({ ...valid, ...change }),
  }));
}

const later = { timestamp: 'yesterday' };
const table: readonly Row[] = [
  ...rows('announcement', requireAcceptableAnnouncement, announcement, [
    ['server_id', { serverId: 'a/b' }],
    ['server_id', { serverId: 'i̇.example' }],
    ['server_id', { serverId: 'a\n' }],
    ['server_uuid', { serverUuid: serverUuid.toUpperCase() }],
    ['server_uuid', { serverUuid: 'u' }],
    ['server_uuid', { serverUuid: `${serverUuid}\n` }],
    ['server_uuid', { serverUuid: serverUuid.replaceAll('-', '') }],
    ['timestamp', later],
    ['endpoints.discovery', { endpoints: { ...announcement.endpoints, discovery: 'https://b.example' } }],
    [
      'endpoints.federation',
      { endpoints: { ...announcement.endpoints, federation: 'https://u:p@a.example' } },
    ],
  ]),
  ...rows('peer exchange', requireAcceptablePeerExchange, peerExchange, [
    ['from_server', { fromServer: 'a b' }],
    ['timestamp', later],
  ]),
  ...rows('key rotation', requireAcceptableKeyRotation, keyRotation, [
    ['server_uuid', { serverUuid: 'u' }],
    ['timestamp', later],
  ]),
  ...rows('identity revocation', requireAcceptableIdentityRevocation, identityRevocation, [
    ['server_uuid', { serverUuid: 'u' }],
    ['server_id', { serverId: '' }],
    ['timestamp', later],
  ]),
  ...rows('domain query', requireAcceptableDomainQuery, domainQuery, [
    ['domain', { domain: 'a/b' }],
    ['requester', { requester: 'a:1' }],
    ['timestamp', later],
  ]),
  ...rows('domain response', requireAcceptableDomainResponse, domainResponse, [
    ['domain', { domain: 'a/b' }],
    ['server_id', { serverId: '' }],
    ['timestamp', later],
  ]),
  ...rows('gossip envelope', requireAcceptableGossipEnvelope, envelope, [
    ['from_server', { fromServer: 'ä' }],
    ['timestamp', later],
  ]),
  ...rows('federated message', requireAcceptableFederatedMessage, message, [
    ['message_id', { messageId: '' }],
    ['from_address', { fromAddress: 'alice@a.example:8443' }],
    ['to_address', { toAddress: 'bob@ ' }],
    ['timestamp', later],
    ['sender_fingerprint', { senderFingerprint: 'F' }],
    ['location', { location: { a: '\0' } }],
    ['metadata', { metadata: { a: [{ 'x\0': null }] } }],
    ['metadata', { metadata: { a: 'x'.repeat(64 * 1024) } }],
    ['metadata', { metadata: { a: Array.from({ length: 30_000 }, () => JsonNumber.ofInteger(1)) } }],
  ]),
  ...rows('acknowledgment', requireAcceptableAcknowledgment, acknowledgment, [
    ['message_id', { messageId: '' }],
    ['recipient_server', { recipientServer: 'a b' }],
    ['timestamp', later],
  ]),
];

describe('a received message', () => {
  it.each(table.filter(({ field }) => field === ''))('of kind $kind is accepted', ({ check }) => {
    expect(check).not.toThrow();
  });

  it.each(table.filter(({ field }) => field !== ''))(
    'of kind $kind is refused by $field',
    ({ field, check }) => {
      expect(check).toThrow(expect.objectContaining({ code: 'invalid_field', extra: { field } }) as Error);
    },
  );
});
