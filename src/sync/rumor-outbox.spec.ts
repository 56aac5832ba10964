import { expect, it } from 'vitest';
import type { CallOutcome, PeerCaller } from '../calls/peer-caller.js';
import { EventBus } from '../observability/events.js';
import { MemoryLogger } from '../observability/memory-logger.js';
import type { Peer } from '../peers/peer.js';
import type { PeersService } from '../peers/peers.service.js';
import { withinBytes } from '../peers/record-text.js';
import type { RecordsService } from '../peers/records.service.js';
import { parseJson } from '../protocol/json.js';
import { MAX_BODY_BYTES, MAX_RECORDS_BYTES } from '../protocol/limits.js';
import { RumorOutbox } from './rumor-outbox.js';

interface Body {
  readonly records: readonly { readonly server_uuid: string }[];
  readonly offers: readonly unknown[];
}

/** A neighbour that takes everything, and records of this size; answers how to have some pushed to it, and what it was sent. */
function outboxFor(recordBytes: number): {
  readonly push: (serverUuids: readonly string[]) => Promise<readonly string[]>;
} {
  const bodies: string[] = [];
  const caller = {
    post: (_peer: Peer, _path: string, body: string): Promise<CallOutcome> => {
      bodies.push(body);
      return Promise.resolve({ type: 'ok', status: 200, body: parseJson('{"want": []}') });
    },
  } as unknown as PeerCaller;
  const records = {
    recordsOf: (serverUuids: readonly string[]) =>
      Promise.resolve(
        withinBytes(
          serverUuids.map((serverUuid) => {
            const text = `{"server_uuid": "${serverUuid}", "filling": ""}`;
            return {
              serverUuid,
              hash: '',
              text: text.replace('""', `"${'x'.repeat(recordBytes - text.length)}"`),
            };
          }),
        ),
      ),
  } as unknown as RecordsService;
  const peers = {
    findByUuid: (serverUuid: string) => Promise.resolve({ serverUuid } as Peer),
  } as unknown as PeersService;
  const logger = new MemoryLogger();
  const events = new EventBus(logger);
  const outbox = new RumorOutbox(caller, records, peers, events, logger);
  const push = async (serverUuids: readonly string[]): Promise<readonly string[]> => {
    let told = 0;
    const all = new Promise<void>((resolve) =>
      events.on('rumor.sent', ({ records: count }) => {
        told += count;
        if (told >= serverUuids.length) resolve();
      }),
    );
    for (const serverUuid of serverUuids) outbox.push(['neighbour'], serverUuid);
    await all;
    return bodies;
  };
  return { push };
}

const told = (body: string): string[] =>
  (JSON.parse(body) as Body).records.map(({ server_uuid: serverUuid }) => serverUuid);

it('records that are large go a few at a time, and none is lost', async () => {
  const uuids = Array.from({ length: 40 }, (_, place) => `server ${place}`);
  const bodies = await outboxFor(MAX_RECORDS_BYTES / 4).push(uuids);
  expect(bodies.every((body) => Buffer.byteLength(body) < MAX_BODY_BYTES)).toBe(true);
  expect(bodies.map((body) => told(body).length)).toEqual(Array<number>(10).fill(4));
  expect(bodies.flatMap(told).sort()).toEqual([...uuids].sort());
});

it('one that is larger than all that may travel together goes alone', async () => {
  const bodies = await outboxFor(MAX_RECORDS_BYTES + 1).push(['one', 'other']);
  expect(bodies.map(told)).toEqual([['one'], ['other']]);
});

it('usual ones go 32 at a time', async () => {
  const uuids = Array.from({ length: 40 }, (_, place) => `server ${place}`);
  const bodies = await outboxFor(2_000).push(uuids);
  expect(bodies.map((body) => told(body).length)).toEqual([32, 8]);
});
