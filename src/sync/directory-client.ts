import { Injectable } from '@nestjs/common';
import { PeerCaller, type CallOptions, type CallOutcome } from '../calls/peer-caller.js';
import type { Peer } from '../peers/peer.js';
import { FederationError } from '../protocol/errors.js';
import type { JsonValue } from '../protocol/json.js';
import { MAX_CHANGES } from '../protocol/limits.js';
import { changesAnswer, changesMessage, type ChangesAnswer } from '../protocol/messages/ext/changes.js';
import { digestAnswer, digestMessage, type DigestAnswer } from '../protocol/messages/ext/digest.js';
import { recordsAnswer, recordsMessage } from '../protocol/messages/ext/records.js';
import type { DigestEntry } from '../protocol/records/digest.js';
import type { WireRecord } from '../protocol/records/record-message.js';

/** How far another server's changes were followed. */
export interface Cursor {
  readonly epoch: string;
  readonly after: number;
}

/** An answer of 512 KiB over a slow line. */
const TIMEOUT_MS = 30_000;

/**
 * Asks other servers about their directories (wire protocol 2.3).
 * Every method throws `peer_unreachable` where no usable answer came; the reason of the signal where that was aborted.
 */
@Injectable()
export class DirectoryClient {
  constructor(private readonly caller: PeerCaller) {}

  async changes(peer: Peer, cursor: Cursor | null, options?: CallOptions): Promise<ChangesAnswer> {
    const question = { epoch: cursor?.epoch ?? null, after: cursor?.after ?? 0, limit: MAX_CHANGES };
    return changesAnswer.decode(await this.ask(peer, 'changes', changesMessage.encode(question), options));
  }

  compare(peer: Peer, root: string, options?: CallOptions): Promise<DigestAnswer> {
    return this.digest(peer, { root, buckets: [], leaves: [] }, options);
  }

  async leafHashes(
    peer: Peer,
    buckets: readonly number[],
    options?: CallOptions,
  ): Promise<DigestAnswer['leafHashes']> {
    return (await this.digest(peer, { root: null, buckets, leaves: [] }, options)).leafHashes;
  }

  async entries(
    peer: Peer,
    leaves: readonly number[],
    options?: CallOptions,
  ): Promise<readonly DigestEntry[]> {
    return (await this.digest(peer, { root: null, buckets: [], leaves }, options)).entries;
  }

  /** As many of them, in this order, as one answer holds. */
  async records(
    peer: Peer,
    serverUuids: readonly string[],
    options?: CallOptions,
  ): Promise<readonly WireRecord[]> {
    const answer = await this.ask(peer, 'records', recordsMessage.encode({ serverUuids }), options);
    const asked = new Set(serverUuids);
    return recordsAnswer.decode(answer).records.filter(({ serverUuid }) => asked.has(serverUuid));
  }

  private async digest(
    peer: Peer,
    question: Parameters<typeof digestMessage.encode>[0],
    options?: CallOptions,
  ): Promise<DigestAnswer> {
    return digestAnswer.decode(await this.ask(peer, 'digest', digestMessage.encode(question), options));
  }

  private async ask(peer: Peer, what: string, body: string, options?: CallOptions): Promise<JsonValue> {
    const outcome = await this.caller.post(peer, `/api/v1/ext/${what}`, body, {
      timeoutMs: TIMEOUT_MS,
      ...options,
    });
    if (outcome.type === 'ok') return outcome.body;
    throw new FederationError(
      'peer_unreachable',
      `${peer.serverId} does not answer ext/${what}: ${reasonOf(outcome)}`,
    );
  }
}

function reasonOf(outcome: Exclude<CallOutcome, { type: 'ok' }>): string {
  return outcome.type === 'unreachable' ? outcome.reason : `${outcome.status} ${outcome.code ?? ''}`.trim();
}
