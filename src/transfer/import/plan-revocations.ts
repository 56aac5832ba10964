import { fingerprintOf, type SignatureVerifier } from '../../platform/keys.js';
import {
  identityRevocationMessage,
  type IdentityRevocation,
} from '../../protocol/messages/identity-revocation.js';
import { MAX_REASON_LENGTH, MAX_SIGNATURE_LENGTH } from '../../protocol/limits.js';
import { formatTimestamp, parseTimestamp } from '../../protocol/timestamps.js';
import { TransferRefused } from '../refused.js';
import { optionalText, serverName, shown, text, Unusable, uuid } from './fields.js';
import { blockOf, type PlannedBlock } from './plan-blocklist.js';
import type { OwnIdentity } from './plan-identity.js';
import { attempt, type Planned } from './report.js';
import type { Row } from './sqlite-copy.js';

/** A revocation whose signature holds. */
export interface PlannedRevocation {
  readonly serverUuid: string;
  /** In lower case. */
  readonly serverId: string;
  readonly fingerprint: string;
  readonly reason: string;
  readonly body: string;
  /** Epoch milliseconds. */
  readonly revokedAt: number;
}

/** By what it is proved, or where it cannot be, how its server is kept out all the same. */
export type Ending = { readonly revocation: PlannedRevocation } | { readonly block: PlannedBlock };

export interface RevocationSurroundings {
  readonly own: OwnIdentity;
  /** The key in force of each server on file, by UUID. */
  readonly keys: ReadonlyMap<string, string>;
  readonly verifier: SignatureVerifier;
  readonly nowMs: number;
}

/** @throws TransferRefused where it is our own identity that was revoked */
export async function planRevocations(
  rows: readonly Row[],
  surroundings: RevocationSurroundings,
): Promise<Planned<Ending>[]> {
  const planned: Planned<Ending>[] = [];
  for (const row of rows) {
    const what = `${shown(row, 'server_id')} (${shown(row, 'server_uuid')})`;
    planned.push(await attempt(what, () => planRevocation(what, row, surroundings)));
  }
  return planned;
}

async function planRevocation(
  what: string,
  row: Row,
  { own, keys, verifier, nowMs }: RevocationSurroundings,
): Promise<Planned<Ending>> {
  const serverUuid = uuid(row);
  const isOwn = serverUuid === own.serverUuid;
  const key = isOwn ? own.publicKey : keys.get(serverUuid);
  if (key === undefined)
    return {
      what,
      value: { block: blockOf(serverUuid, nowMs) },
      note: 'as a block of its UUID: its key is not on file',
    };
  const proved = await proof(row, serverUuid, key, verifier);
  if (proved === null) throw new Unusable('its signature does not hold under the key on file');
  if (isOwn)
    throw new TransferRefused(
      'This identity was revoked by its owner and cannot be used any more. Start as a new server.',
    );
  const revocation = {
    serverUuid,
    serverId: serverName(row),
    fingerprint: fingerprintOf(key),
    reason: proved.reason,
    body: identityRevocationMessage.encode(proved),
    revokedAt: parseTimestamp(proved.timestamp)!,
  };
  return { what, value: { revocation } };
}

/** The message that was signed, found among the ways in which its time may have been written before it was stored. */
async function proof(
  row: Row,
  serverUuid: string,
  key: string,
  verifier: SignatureVerifier,
): Promise<IdentityRevocation | null> {
  const serverId = text(row, 'server_id');
  const reason = optionalText(row, 'reason') ?? '';
  const signature = text(row, 'signature');
  serverName(row);
  if (reason.length > MAX_REASON_LENGTH) throw new Unusable('its reason is too long');
  if (signature.length > MAX_SIGNATURE_LENGTH) throw new Unusable('its signature is too long');
  for (const timestamp of spellings(text(row, 'revoked_at'))) {
    const message = { version: '1.0', serverUuid, serverId, reason, timestamp, signature };
    if (await verifier.verify(key, identityRevocationMessage.signingText(message), signature)) return message;
  }
  return null;
}

/** As it stands; as Python writes such a time, with and without offset; as others do. */
function spellings(stored: string): string[] {
  const time = parseTimestamp(stored);
  if (time === null) throw new Unusable('revoked_at is no time');
  const whole = formatTimestamp(time).slice(0, -'+00:00'.length);
  const naive = [whole, whole.replace(/\.000000$/, ''), whole.replace(/\d{3}$/, '')];
  return [...new Set([stored, ...naive.flatMap((text) => [`${text}+00:00`, `${text}Z`, text])])];
}
