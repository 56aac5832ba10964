import { RecordsService } from '../../src/peers/records.service.js';
import type { RelayedOutcome } from '../../src/peers/relayed-outcome.js';
import { parseJson } from '../../src/protocol/json.js';
import { recordMessage, type WireRecord } from '../../src/protocol/records/record-message.js';
import type { Stranger } from './stranger.js';
import type { TestDaemon } from './test-daemon.js';

/** The record of a server made by hand, as it is now. */
export async function recordOf(stranger: Stranger, given: Partial<WireRecord> = {}): Promise<WireRecord> {
  const record = {
    serverUuid: stranger.serverUuid,
    rotations: [],
    announcement: given.announcement === undefined ? await stranger.announcement() : given.announcement,
    revocation: null,
    voidRevocation: null,
    ...given,
  };
  // As it would come over the wire.
  return recordMessage.decode(parseJson(recordMessage.encode(record)));
}

export function recordsOf(daemon: TestDaemon): RecordsService {
  return daemon.daemon.app.get(RecordsService, { strict: false });
}

export const INTRODUCER = '00000000-0000-4000-8000-0000000000aa';

/** Brings a record to a daemon, as a proven neighbour would that was not asked. */
export async function bring(daemon: TestDaemon, record: WireRecord): Promise<RelayedOutcome> {
  const introducer = { serverUuid: INTRODUCER, provenAt: 0 };
  const [outcome] = await recordsOf(daemon).takeAllRelayed([record], introducer, false);
  return outcome!;
}

/** In a word, or the code of a refusal. */
export async function broughtTo(daemon: TestDaemon, record: WireRecord): Promise<string> {
  const outcome = await bring(daemon, record);
  if (outcome.type === 'refused') return outcome.code;
  if (outcome.type === 'claimed') return `claimed ${outcome.claim.kind}`;
  return outcome.type;
}
