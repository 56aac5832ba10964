import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Database } from '../src/database/database.js';
import { generateKeyPair, Signer, type KeyPair } from '../src/platform/keys.js';
import { announcementMessage, type Announcement } from '../src/protocol/messages/announcement.js';
import { parseJson, type JsonObject } from '../src/protocol/json.js';
import { gossipEnvelope } from '../src/protocol/messages/gossip-envelope.js';
import { formatTimestamp } from '../src/protocol/timestamps.js';

export const PEERS = 1_000;

/** Making 1,000 keys takes a minute, so they are kept between runs. They protect nothing. */
const KEYS_FILE = join(tmpdir(), 'lattice-bench', 'keys-1.json');

/** A server that the daemon knows. */
export interface BenchPeer {
  readonly serverId: string;
  readonly serverUuid: string;
  readonly signer: Signer;
}

/** A signed announcement of one of the peers, and the body that carries it. */
export interface Signed {
  readonly announcement: Announcement;
  readonly announcedAt: number;
  readonly body: Buffer;
}

export async function loadPeers(): Promise<BenchPeer[]> {
  return (await loadKeys()).map(({ privateKeyPem }, number) => ({
    serverId: `peer-${number}.example`,
    serverUuid: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    signer: Signer.fromPrivateKey(privateKeyPem),
  }));
}

async function loadKeys(): Promise<KeyPair[]> {
  const kept = await readFile(KEYS_FILE, 'utf8').catch(() => null);
  if (kept !== null) return JSON.parse(kept) as KeyPair[];
  console.log(`making ${PEERS} keys, once (${KEYS_FILE})`);
  const keys = await Promise.all(Array.from({ length: PEERS }, generateKeyPair));
  await mkdir(dirname(KEYS_FILE), { recursive: true, mode: 0o700 });
  await writeFile(`${KEYS_FILE}.${process.pid}`, JSON.stringify(keys), { mode: 0o600 });
  await rename(`${KEYS_FILE}.${process.pid}`, KEYS_FILE);
  return keys;
}

/** So many announcements, a millisecond apart, of one peer after the other. */
export async function signAnnouncements(
  peers: readonly BenchPeer[],
  firstAt: number,
  count: number,
): Promise<Signed[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => signed(peers[i % peers.length]!, firstAt + i)));
}

export async function signed(
  { serverId, serverUuid, signer }: BenchPeer,
  announcedAt: number,
  endpoints = endpointsOf(serverId),
  supportedVersions: readonly string[] = ['1.0'],
): Promise<Signed> {
  const timestamp = formatTimestamp(announcedAt);
  const unsigned = {
    version: '1.0',
    serverId,
    serverUuid,
    publicKey: signer.publicKeyPem,
    capabilities: { paging: true, aiMessaging: false, supportedVersions },
    endpoints,
    timestamp,
  };
  const signature = await signer.sign(announcementMessage.signingText(unsigned));
  const announcement = { ...unsigned, signature };
  const payload = parseJson(announcementMessage.encode(announcement)) as JsonObject;
  const envelope = { messageType: 'announcement', payload, fromServer: serverId, timestamp } as const;
  return { announcement, announcedAt, body: Buffer.from(gossipEnvelope.encode(envelope)) };
}

function endpointsOf(serverId: string): { federation: string; discovery: string } {
  const discovery = `https://${serverId}/discovery`;
  return { discovery, federation: `${discovery}/api/v1/federation` };
}

/** Puts the peers into a directory as if each had answered for itself. */
export async function insertPeers(
  database: Database,
  peers: readonly BenchPeer[],
  seenAt: number,
): Promise<void> {
  for (const { serverId, serverUuid, signer } of peers) {
    const { discovery, federation } = endpointsOf(serverId);
    await database.query(
      `INSERT INTO peers (server_uuid, server_id, first_fingerprint, public_key, fingerprint, announcement, announced_at,
                          discovery_url, federation_url, first_seen_at, last_seen_at, proven_at)
       VALUES ($1, $2, $3, $4, $3, '{}', $5, $6, $7, $5, $5, $5)`,
      [
        serverUuid,
        serverId,
        signer.fingerprint,
        signer.publicKeyPem,
        formatTimestamp(seenAt),
        discovery,
        federation,
      ],
    );
  }
  await database.query('ANALYZE peers');
}

/** @throws unless every peer's latest announcement has been heard: its time is on file (the record keeps an earlier text) */
export async function requireWritten(database: Database, sent: readonly Signed[]): Promise<void> {
  const latest = new Map(sent.map((one) => [one.announcement.serverUuid, one]));
  const rows = await database.query<{ server_uuid: string; announced_at: number }>(
    'SELECT server_uuid, announced_at FROM peers',
  );
  for (const row of rows) {
    const expected = latest.get(row.server_uuid);
    if (expected === undefined) continue;
    if (Math.abs(row.announced_at - expected.announcedAt) > 0.001)
      throw new Error(`the directory has not heard the last announcement of ${row.server_uuid}`);
    latest.delete(row.server_uuid);
  }
  if (latest.size > 0) throw new Error(`${latest.size} peers are not in the directory`);
}
