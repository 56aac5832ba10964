import { Injectable } from '@nestjs/common';
import { RecordsService } from '../peers/records.service.js';
import { MAX_DIGEST_ENTRIES } from '../protocol/limits.js';
import type { MessageOf } from '../protocol/message.js';
import { changesMessage, type ChangesAnswer } from '../protocol/messages/ext/changes.js';
import { digestMessage, type DigestAnswer } from '../protocol/messages/ext/digest.js';
import type { DigestEntry } from '../protocol/records/digest.js';

/** What others ask in order to catch up with us (wire protocol 2.3: `ext/changes`, `ext/digest`, `ext/records`). */
@Injectable()
export class DirectoryAnswers {
  constructor(private readonly records: RecordsService) {}

  /** A cursor of another epoch, or beyond what has arrived, is none: this database is not the one that it was made for. */
  async changes({ epoch, after, limit }: MessageOf<typeof changesMessage>): Promise<ChangesAnswer> {
    const ours = await this.records.epoch();
    const start = epoch === ours && after <= (await this.records.lastArrival()) ? after : 0;
    const rows = await this.records.hashesAfter(start, limit + 1);
    const told = rows.slice(0, limit);
    const more = rows.length > limit;
    return {
      epoch: ours,
      changes: told.map(({ serverUuid, hash }) => ({ serverUuid, hash })),
      after: told.at(-1)?.arrival ?? start,
      more,
      root: more ? null : (await this.records.digest()).root,
    };
  }

  async digest({ root, buckets, leaves }: MessageOf<typeof digestMessage>): Promise<DigestAnswer> {
    const [epoch, head] = [await this.records.epoch(), await this.records.lastArrival()];
    const digest = await this.records.digest();
    const same = root === digest.root;
    const leafHashes = [];
    for (const bucket of new Set(buckets))
      leafHashes.push({ bucket, hashes: await this.records.leafHashes(bucket) });
    return {
      epoch,
      after: head,
      same,
      bucketHashes: root === null || same ? [] : digest.buckets,
      leafHashes,
      entries: await entriesWithin(MAX_DIGEST_ENTRIES, leaves, (leaf, limit) =>
        this.records.entriesOf(leaf, limit),
      ),
    };
  }

  /** A `records_answer` as JSON, every statement in it exactly as it was signed. */
  async recordsOf(serverUuids: readonly string[]): Promise<string> {
    const records = await this.records.recordsOf(serverUuids);
    return `{"records": [${records.map(({ text }) => text).join(', ')}]}`;
  }
}

/**
 * What some leaves hold, in their order, as long as there is room for a whole leaf. One that is too large by itself is told
 * in part where it comes first, or nobody would ever hear of it, or of a leaf behind it: UUIDs can be chosen that all fall
 * into one.
 *
 * @param read of a leaf, any so many
 */
export async function entriesWithin(
  room: number,
  leaves: readonly number[],
  read: (leaf: number, limit: number) => Promise<readonly DigestEntry[]>,
): Promise<DigestEntry[]> {
  const entries: DigestEntry[] = [];
  for (const leaf of new Set(leaves)) {
    const left = room - entries.length;
    const more = await read(leaf, left + 1);
    if (more.length > left && entries.length > 0) break;
    entries.push(...more.slice(0, left));
  }
  return entries;
}
