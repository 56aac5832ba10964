import { isServerId, normalizeServerId } from '../../protocol/server-id.js';
import { FINGERPRINT } from '../../protocol/strict.js';
import { MAX_REASON_LENGTH } from '../../protocol/limits.js';
import { parseTimestamp } from '../../protocol/timestamps.js';
import type { Block, BlockKind } from '../../peers/blocklist.js';
import { optionalText, pastTime, shown, text, Unusable } from './fields.js';
import type { OwnIdentity } from './plan-identity.js';
import { attempt, isItem, leftOut, type Planned, valuesOf } from './report.js';
import type { Row } from './sqlite-copy.js';

export interface PlannedBlock extends Block {
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** The blocks that our directory can express; of two for the same server the longer one. */
export async function planBlocklist(
  rows: readonly Row[],
  own: OwnIdentity,
  nowMs: number,
): Promise<Planned<PlannedBlock>[]> {
  const planned: Planned<PlannedBlock>[] = [];
  for (const row of rows) {
    const what = `${shown(row, 'block_type')} ${shown(row, 'blocked_identifier')}`;
    planned.push(await attempt(what, () => planBlock(what, row, own, nowMs)));
  }
  const longest = new Map<string, PlannedBlock>();
  for (const value of valuesOf(planned)) {
    const other = longest.get(subjectKey(value));
    if (other === undefined || endOf(value) > endOf(other)) longest.set(subjectKey(value), value);
  }
  return planned.map((one) =>
    isItem(one) || longest.get(subjectKey(one.value)) === one.value
      ? one
      : leftOut(one.what, 'another row blocks the same for as long'),
  );
}

function planBlock(what: string, row: Row, own: OwnIdentity, nowMs: number): Planned<PlannedBlock> {
  const { kind, identifier } = subjectOf(
    text(row, 'block_type').trim().toLowerCase(),
    text(row, 'blocked_identifier').trim(),
  );
  if ([own.serverUuid, own.serverId, own.fingerprint].includes(identifier))
    throw new Unusable('it is this server itself');
  const end = optionalText(row, 'expires_at') ?? '';
  const expiresAt = parseTimestamp(end);
  if (expiresAt !== null && expiresAt <= nowMs) throw new Unusable('it has ended');
  const value = {
    kind,
    identifier,
    expiresAt,
    reason: [...(optionalText(row, 'reason') ?? '')].slice(0, MAX_REASON_LENGTH).join(''),
    createdAt: pastTime(row, 'created_at', nowMs) ?? nowMs,
  };
  // Blocking too long does less harm than too short.
  return expiresAt === null && end !== ''
    ? { what, value, note: 'for good: its expires_at is no time' }
    : { what, value };
}

function subjectOf(type: string, subject: string): { kind: BlockKind; identifier: string } {
  switch (type) {
    case 'server':
      if (!isServerId(subject)) throw new Unusable('it names no server');
      return { kind: 'server', identifier: normalizeServerId(subject) };
    case 'domain': {
      const domain = subject.replace(/^(\*?\.)/, '').replace(/\.$/, '');
      if (!isServerId(domain)) throw new Unusable('it is no domain');
      return { kind: 'domain', identifier: normalizeServerId(domain) };
    }
    case 'fingerprint': {
      const fingerprint = subject.replace(/[:\s]/g, '').toUpperCase();
      if (!FINGERPRINT.test(fingerprint)) throw new Unusable('it is no fingerprint of 32 hexadecimal digits');
      return { kind: 'fingerprint', identifier: fingerprint };
    }
    case 'ip':
      throw new Unusable('addresses are not blocked here: do it in the proxy (nginx: deny) or the firewall');
    default:
      throw new Unusable('this kind of block is not known');
  }
}

function subjectKey({ kind, identifier }: Block): string {
  return `${kind} ${identifier}`;
}

function endOf({ expiresAt }: Block): number {
  return expiresAt ?? Infinity;
}

/** A server whose revocation is known of and cannot be proved stays out by this. */
export function blockOf(serverUuid: string, nowMs: number): PlannedBlock {
  const reason = 'revoked at the Python daemon; the signature could not be checked';
  return { kind: 'server', identifier: serverUuid, expiresAt: null, reason, createdAt: nowMs };
}
