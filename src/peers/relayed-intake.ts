import { Injectable } from '@nestjs/common';
import type { FederationErrorCode } from '../protocol/errors.js';
import { recordHash } from '../protocol/records/record-hash.js';
import type { WireRecord } from '../protocol/records/record-message.js';
import { plainlySignedRecord } from './plain-signatures.js';
import { readRecord, type ReadRecord } from './read-record.js';
import { RecordJudge, type Effective } from './record-judge.js';
import { RefusedRecords } from './refused-records.js';
import { attempt, type Bringer, type Refused, type RelayedOutcome } from './relayed-outcome.js';
import { RelayedApplier } from './relayed-applier.js';

/** How often a decision may be overtaken by other writers of the same row. */
const MAX_ATTEMPTS = 3;
/** Not a fault of the record: it may be taken the next time. */
const PASSING: ReadonlySet<FederationErrorCode> = new Set([
  'newcomer_limit',
  'directory_full',
  'announcement_in_future',
]);

/** The one way by which a record that another server brought enters the directory (wire protocol 2.2). */
@Injectable()
export class RelayedIntake {
  constructor(
    private readonly judge: RecordJudge,
    private readonly applier: RelayedApplier,
    private readonly refused: RefusedRecords,
  ) {}

  async take(record: WireRecord, bringer: Bringer): Promise<RelayedOutcome> {
    return (await this.takeAll([record], bringer))[0]!;
  }

  /**
   * Answers one outcome for each, in their order. Newcomers are written together; make it 200 at most.
   * @throws `database_unavailable` alone; then some may have been taken
   */
  async takeAll(brought: readonly WireRecord[], bringer: Bringer): Promise<RelayedOutcome[]> {
    const records = brought.map(plainlySignedRecord);
    const outcomes = new Map<WireRecord, RelayedOutcome>();
    let waiting: ReadRecord[] = [];
    for (const record of records) {
      const read = this.read(record);
      if ('type' in read) outcomes.set(record, read);
      else waiting.push(read);
    }
    for (let attempts = 1; waiting.length > 0;) {
      // One record of each server at a time, so that the second is judged by what the first has changed.
      const [now, later] = firstOfEach(waiting);
      const overtaken = await this.takeOnce(now, bringer, (read, outcome) =>
        outcomes.set(read.record, outcome),
      );
      if (overtaken.length > 0) attempts += 1;
      waiting = attempts > MAX_ATTEMPTS ? later : [...overtaken, ...later];
    }
    return records.map((record) => outcomes.get(record) ?? OVERTAKEN);
  }

  private read(record: WireRecord): ReadRecord | Refused {
    const read = attempt(() => readRecord(record));
    if ('type' in read) return read;
    const refusal = attempt(() => this.judge.requireCallable(read));
    if (refusal === undefined) return read;
    this.refused.note(recordHash(read.state));
    return refusal;
  }

  /** Answers those whose rows changed since they were read. */
  private async takeOnce(
    reads: readonly ReadRecord[],
    bringer: Bringer,
    settle: (read: ReadRecord, outcome: RelayedOutcome) => void,
  ): Promise<ReadRecord[]> {
    const done = (read: ReadRecord, outcome: RelayedOutcome): void => {
      if (broughtNothing(outcome)) this.refused.note(recordHash(read.state));
      settle(read, outcome);
    };
    const effective: Effective[] = [];
    const judged = await this.judge.judge(reads, bringer.isOrigin === true);
    for (const [place, judgement] of judged.entries()) {
      if ('type' in judgement) done(reads[place]!, judgement);
      else effective.push(judgement);
    }
    return this.applier.applyAll(effective, bringer, done);
  }
}

const OVERTAKEN: RelayedOutcome = {
  type: 'refused',
  code: 'announcement_superseded',
  detail: 'other records of this server arrived at the same time',
};

/** Fetching it again would bring nothing either: it is refused for what it says, or nothing of it shows in a record of ours. */
function broughtNothing(outcome: RelayedOutcome): boolean {
  if (outcome.type === 'taken') return !outcome.isNews && outcome.isNew;
  return outcome.type !== 'refused' || !PASSING.has(outcome.code);
}

/** The first record of each server, and the others. */
function firstOfEach(reads: readonly ReadRecord[]): [ReadRecord[], ReadRecord[]] {
  const seen = new Set<string>();
  const isFirst = reads.map(
    ({ state: { serverUuid } }) => !seen.has(serverUuid) && seen.add(serverUuid) !== undefined,
  );
  return [reads.filter((_, place) => isFirst[place]), reads.filter((_, place) => !isFirst[place])];
}
