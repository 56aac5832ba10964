import { Injectable } from '@nestjs/common';
import { withinBytes } from '../peers/record-text.js';
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
    for (const bucket of buckets) leafHashes.push({ bucket, hashes: await this.records.leafHashes(bucket) });
    return {
      epoch,
      after: head,
      same,
      bucketHashes: root === null || same ? [] : digest.buckets,
      leafHashes,
      entries: await this.entriesOf(leaves),
    };
  }

  /** A `records_answer` as JSON, every statement in it exactly as it was signed. */
  async recordsOf(serverUuids: readonly string[]): Promise<string> {
    const records = withinBytes(await this.records.recordsOf(serverUuids));
    return `{"records": [${records.map(({ text }) => text).join(', ')}]}`;
  }

  private async entriesOf(leaves: readonly number[]): Promise<DigestEntry[]> {
    const entries: DigestEntry[] = [];
    for (const leaf of leaves) {
      const more = await this.records.entriesOf(leaf);
      if (entries.length + more.length > MAX_DIGEST_ENTRIES) break;
      entries.push(...more);
    }
    return entries;
  }
}
