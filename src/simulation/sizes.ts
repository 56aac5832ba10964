import { announcementMessage } from '../protocol/messages/announcement.js';
import { recordMessage } from '../protocol/records/record-message.js';

/** A UUID and a SHA-256 in hex, quoted, as an offer or a change writes them. */
const ENTRY_BYTES = '{"server_uuid":"","hash":""},'.length + 36 + 64;

/**
 * What comes with a body, in bytes. A request: request line and fields of HTTP/1.1 as Node's client sends them (230), the
 * signature of wire protocol 2.1 (RSA-2048 in base64 with its parameters 600, digest 64), records of TLS and headers of TCP/IP
 * (130). An answer: status line and fields (230), TLS and TCP/IP (130). Connections to neighbours stay open.
 */
export const OVERHEAD = { request: 1_024, answer: 360 } as const;

/** Bytes of bodies. */
export const SIZES = {
  record: sampleRecordBytes(),
  entry: ENTRY_BYTES,
  hash: 67,
  /** A body with nothing in it but its fields. */
  empty: 80,
} as const;

/** An announcement of a server with a name of ordinary length, as `ext/records` and `ext/rumor` carry it. */
function sampleRecordBytes(): number {
  const announcement = announcementMessage.decode({
    server_id: 'chat.example-community.org',
    server_uuid: '123e4567-e89b-42d3-a456-426614174000',
    // RSA-2048: 451 characters of PEM with its line feeds, and a signature of 344.
    public_key: `-----BEGIN PUBLIC KEY-----\n${`${'A'.repeat(64)}\n`.repeat(6)}${'A'.repeat(8)}\n-----END PUBLIC KEY-----\n`,
    capabilities: { supported_versions: ['1.0', 'ext:1'] },
    endpoints: {
      federation: 'https://chat.example-community.org/federation',
      discovery: 'https://chat.example-community.org/discovery',
    },
    timestamp: '2026-01-01T00:00:00.000000+00:00',
    signature: 'A'.repeat(344),
  });
  const record = { serverUuid: announcement.serverUuid, rotations: [], announcement };
  return recordMessage.encode({ ...record, revocation: null, voidRevocation: null }).length;
}
