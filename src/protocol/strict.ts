import { splitAddress } from './addresses.js';
import { canonicalJson } from './canonical.js';
import { checkEndpoints } from './endpoints.js';
import { invalidField } from './errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import { MAX_FREE_JSON_BYTES } from './limits.js';
import type { Acknowledgment } from './messages/acknowledgment.js';
import type { Announcement } from './messages/announcement.js';
import type { DomainQuery } from './messages/domain-query.js';
import type { DomainResponse } from './messages/domain-response.js';
import type { FederatedMessage } from './messages/federated-message.js';
import type { GossipEnvelope } from './messages/gossip-envelope.js';
import type { IdentityRevocation } from './messages/identity-revocation.js';
import type { KeyRotation } from './messages/key-rotation.js';
import type { PeerList } from './messages/peer-list.js';
import type { PeerExchange } from './messages/peer-exchange.js';
import { isServerId } from './server-id.js';
import { parseTimestamp } from './timestamps.js';

/**
 * What this daemon asks of received messages beyond what their signatures need. Decoding is as lenient as
 * deployed servers are, so that every message they signed verifies; these rules come on top.
 */

/** In lower case, as this protocol writes it. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const FINGERPRINT = /^[0-9A-F]{32}$/;

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

export function requireAcceptableFederatedMessage(message: FederatedMessage): void {
  requireNotEmpty('message_id', message.messageId);
  requireServerId('from_address', splitAddress(message.fromAddress)?.serverId ?? '');
  requireServerId('to_address', splitAddress(message.toAddress)?.serverId ?? '');
  requireTimestamp(message.timestamp);
  if (!FINGERPRINT.test(message.senderFingerprint)) {
    throw invalidField('sender_fingerprint', 'must be 32 hexadecimal digits in upper case');
  }
  if (message.location !== null) requireStorable('location', message.location);
  requireStorable('metadata', message.metadata);
}

export function requireAcceptableAcknowledgment(message: Acknowledgment): void {
  requireNotEmpty('message_id', message.messageId);
  requireServerId('recipient_server', message.recipientServer);
  requireTimestamp(message.timestamp);
}

export function requireAcceptablePeerList(message: PeerList): void {
  requireUuid('server_uuid', message.serverUuid);
  requireServerId('server_id', message.serverId);
  requireTimestamp(message.timestamp);
}

function requireNotEmpty(field: string, text: string): void {
  if (text === '') throw invalidField(field, 'must not be empty');
}

/** @throws `invalid_field` */
export function requireServerId(field: string, text: string): void {
  if (!isServerId(text))
    throw invalidField(field, 'must name a server by 1 to 255 of ASCII letters, digits, ".", "-", "_"');
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** @throws `invalid_field` */
export function requireUuid(field: string, text: string): void {
  if (!isUuid(text)) throw invalidField(field, 'must be a UUID in lower case');
}

function requireTimestamp(text: string): void {
  if (parseTimestamp(text) === null) throw invalidField('timestamp', 'must be an ISO 8601 date and time');
}

/** Free JSON that a database can hold: within 64 KiB in canonical form, and no U+0000 anywhere. */
function requireStorable(field: string, value: JsonObject): void {
  if (canonicalJson(value).length > MAX_FREE_JSON_BYTES)
    throw invalidField(field, 'must have at most 64 KiB');
  if (holdsNul(value)) throw invalidField(field, 'must not hold the character U+0000');
}

function holdsNul(value: JsonValue): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (isJsonArray(value)) return value.some(holdsNul);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([key, item]) => key.includes('\0') || holdsNul(item));
}

function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
