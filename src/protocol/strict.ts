import { checkEndpoints } from './endpoints.js';
import { invalidField } from './errors.js';
import { parseTimestamp } from './timestamps.js';
import { isServerId } from './server-id.js';
import type { Announcement } from './messages/announcement.js';
import type { DomainQuery } from './messages/domain-query.js';
import type { DomainResponse } from './messages/domain-response.js';
import type { GossipEnvelope } from './messages/gossip-envelope.js';
import type { IdentityRevocation } from './messages/identity-revocation.js';
import type { KeyRotation } from './messages/key-rotation.js';
import type { PeerExchange } from './messages/peer-exchange.js';

/**
 * What this daemon asks of received messages beyond what their signatures need. Decoding is as lenient as
 * deployed servers are, so that every message they signed verifies; these rules come on top.
 */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function requireAcceptableAnnouncement(message: Announcement): void {
  requireServerId('server_id', message.serverId);
  requireUuid('server_uuid', message.serverUuid);
  requireTimestamp(message.timestamp);
  checkEndpoints(message.endpoints);
}

export function requireAcceptableGossipEnvelope(message: GossipEnvelope): void {
  requireServerId('from_server', message.fromServer);
  requireTimestamp(message.timestamp);
}

/** The names in `peers` are hints and not judged here: one odd name does not spoil the others. */
export function requireAcceptablePeerExchange(message: PeerExchange): void {
  requireServerId('from_server', message.fromServer);
  requireTimestamp(message.timestamp);
}

export function requireAcceptableKeyRotation(message: KeyRotation): void {
  requireUuid('server_uuid', message.serverUuid);
  requireTimestamp(message.timestamp);
}

export function requireAcceptableIdentityRevocation(message: IdentityRevocation): void {
  requireUuid('server_uuid', message.serverUuid);
  requireServerId('server_id', message.serverId);
  requireTimestamp(message.timestamp);
}

export function requireAcceptableDomainQuery(message: DomainQuery): void {
  requireServerId('domain', message.domain);
  requireServerId('requester', message.requester);
  requireTimestamp(message.timestamp);
}

export function requireAcceptableDomainResponse(message: DomainResponse): void {
  requireServerId('domain', message.domain);
  if (message.serverId !== null) requireServerId('server_id', message.serverId);
  requireTimestamp(message.timestamp);
}

function requireServerId(field: string, text: string): void {
  if (!isServerId(text))
    throw invalidField(field, 'must be 1 to 255 of ASCII letters, digits, ".", "-", "_"');
}

function requireUuid(field: string, text: string): void {
  if (!UUID.test(text)) throw invalidField(field, 'must be a UUID in lower case');
}

function requireTimestamp(text: string): void {
  if (parseTimestamp(text) === null) throw invalidField('timestamp', 'must be an ISO 8601 date and time');
}
