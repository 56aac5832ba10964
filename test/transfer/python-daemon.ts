import sqlite from 'node-sqlite3-wasm';
import { generateKeyPair, type KeyPair, Signer } from '../../src/platform/keys.js';
import type { MessageDefinition } from '../../src/protocol/message.js';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { identityRevocationMessage } from '../../src/protocol/messages/identity-revocation.js';

/** The tables as the Python daemon makes them, without its constraints: a file may come from anywhere. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  lattice_identity: [
    'server_id',
    'server_uuid',
    'public_key',
    'fingerprint',
    'bootstrap_servers',
    'created_at',
  ],
  lattice_peers: [
    'server_id',
    'server_uuid',
    'public_key',
    'capabilities',
    'endpoints',
    'first_seen_at',
    'last_seen_at',
    'last_announcement',
    'is_neighbor',
    'trust_status',
  ],
  lattice_blocklist: ['blocked_identifier', 'block_type', 'reason', 'created_at', 'expires_at'],
  lattice_revocations: ['server_uuid', 'server_id', 'reason', 'revoked_at', 'signature'],
  lattice_key_rotations: [
    'server_uuid',
    'old_key_fingerprint',
    'new_key_fingerprint',
    'reason',
    'rotated_at',
  ],
};

type Value = string | number | null | Uint8Array;
export type PythonRow = Readonly<Record<string, Value>>;
export type PythonTables = Readonly<Record<string, readonly PythonRow[]>>;

export const SCHEMA = Object.entries(TABLES)
  .map(([table, columns]) => `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, ${columns.join(', ')});`)
  .join('\n');

/** A file as the Python daemon leaves it. Text with U+0000 is given as bytes: the binding ends text there. */
export function writeSqlite(path: string, tables: PythonTables): void {
  const database = new sqlite.Database(path);
  database.exec(SCHEMA);
  for (const [table, rows] of Object.entries(tables)) {
    for (const row of rows ?? []) {
      const columns = Object.keys(row);
      // CAST makes text of bytes, whatever they hold.
      const values = columns.map((column) => (row[column] instanceof Uint8Array ? 'CAST(? AS TEXT)' : '?'));
      database.run(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')})`,
        Object.values(row),
      );
    }
  }
  database.close();
}

let count = 0;

/** A server that the Python daemon knew, or was. */
export class PythonServer {
  readonly signer: Signer;

  private constructor(
    readonly serverId: string,
    readonly serverUuid: string,
    readonly keys: KeyPair,
  ) {
    this.signer = Signer.fromPrivateKey(keys.privateKeyPem);
  }

  static async make(serverId: string): Promise<PythonServer> {
    count += 1;
    return new PythonServer(
      serverId,
      `${String(count).padStart(8, '0')}-2222-4222-8222-222222222222`,
      await generateKeyPair(),
    );
  }

  get endpoints(): { readonly federation: string; readonly discovery: string } {
    const discovery = `https://${this.serverId}/discovery`;
    return { discovery, federation: `${discovery}/api/v1/federation` };
  }

  /** As JSON text, signed. */
  async announcement(
    changes: Partial<Parameters<typeof announcementMessage.signingText>[0]> = {},
  ): Promise<string> {
    return this.signed(announcementMessage, {
      version: '1.0',
      serverId: this.serverId,
      serverUuid: this.serverUuid,
      publicKey: this.keys.publicKeyPem,
      capabilities: { paging: true, aiMessaging: false, supportedVersions: ['1.0'] },
      endpoints: this.endpoints,
      timestamp: '2025-01-02T03:04:05.678901+00:00',
      ...changes,
    });
  }

  /** Its row of lattice_peers, with a signed announcement unless told otherwise. */
  async row(changes: PythonRow = {}): Promise<PythonRow> {
    return {
      server_id: this.serverId,
      server_uuid: this.serverUuid,
      public_key: this.keys.publicKeyPem,
      capabilities: '{}',
      endpoints: JSON.stringify(this.endpoints),
      first_seen_at: '2025-01-01 00:00:00.000000',
      last_seen_at: '2025-01-03 00:00:00.500000',
      last_announcement: await this.announcement(),
      is_neighbor: 1,
      trust_status: 'unknown',
      ...changes,
    };
  }

  /** Its row of lattice_identity. */
  own(changes: PythonRow = {}): PythonRow {
    return {
      server_id: this.serverId,
      server_uuid: this.serverUuid,
      public_key: this.keys.publicKeyPem,
      fingerprint: this.signer.fingerprint,
      bootstrap_servers: '["https://boot.example/discovery"]',
      created_at: '2024-06-01 12:00:00.123456',
      ...changes,
    };
  }

  /** Its row of lattice_revocations; `signedAt` is the time as it was signed, `storedAt` as SQLite has it. */
  async revocation(signedAt: string, storedAt: string): Promise<PythonRow> {
    const fields = {
      version: '1.0',
      serverUuid: this.serverUuid,
      serverId: this.serverId,
      reason: 'stolen',
      timestamp: signedAt,
    };
    const text = await this.signed(identityRevocationMessage, fields);
    const { signature } = JSON.parse(text) as { signature: string };
    return {
      server_uuid: this.serverUuid,
      server_id: this.serverId,
      reason: 'stolen',
      revoked_at: storedAt,
      signature,
    };
  }

  private async signed<M>(definition: MessageDefinition<M>, fields: Omit<M, 'signature'>): Promise<string> {
    const signature = await this.signer.sign(definition.signingText(fields));
    return definition.encode({ ...fields, signature } as M);
  }
}
