import { Injectable } from '@nestjs/common';
import { IdentityService } from '../identity/identity.service.js';
import { Clock } from '../platform/clock.js';
import { requireAcceptableKey, SignatureVerifier } from '../platform/keys.js';
import { FederationError, type FederationErrorCode } from '../protocol/errors.js';
import { PROTOCOL_VERSION } from '../protocol/extensions.js';
import { parseJson } from '../protocol/json.js';
import { MAX_RECORDS_PER_LIST } from '../protocol/limits.js';
import { peerListMessage, type PeerList } from '../protocol/messages/peer-list.js';
import { recordMessage } from '../protocol/records/record-message.js';
import { requireAcceptablePeerList } from '../protocol/strict.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { RecordsRepository } from './records.repository.js';
import { RecordsService } from './records.service.js';

/** What became of a list. */
export interface Imported {
  /** Not known here before. */
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: readonly { readonly serverUuid: string; readonly code: FederationErrorCode }[];
}

/** Writes records down for servers out of reach, and takes such lists (wire protocol 2.2). */
@Injectable()
export class PeerListsService {
  constructor(
    private readonly records: RecordsService,
    private readonly repository: RecordsRepository,
    private readonly identity: IdentityService,
    private readonly verifier: SignatureVerifier,
    private readonly clock: Clock,
  ) {}

  /**
   * A signed list of what comes after a UUID, the first with our own record; `next` is the UUID to go on after, null at the
   * end.
   */
  async page(after: string | null): Promise<{ readonly list: PeerList; readonly next: string | null }> {
    const nowMs = this.clock.now();
    const room = after === null ? MAX_RECORDS_PER_LIST - 1 : MAX_RECORDS_PER_LIST;
    const others = await this.repository.uuidsAfter(after ?? '', room, nowMs);
    const { serverUuid, serverId, publicKey } = this.identity.self;
    const own = after === null ? await this.records.recordsOf([serverUuid]) : [];
    const served = await this.records.recordsOf(others);
    // What comes after the last one did not fit, or is told no longer; where none came, all of them are.
    const reached = served.at(-1)?.serverUuid ?? others.at(-1);
    const isLast = others.length < room && reached === others.at(-1);
    const list = await this.identity.sign(peerListMessage, {
      version: PROTOCOL_VERSION,
      serverUuid,
      serverId,
      publicKey,
      records: [...own, ...served].map(({ text }) => recordMessage.decode(parseJson(text))),
      timestamp: formatTimestamp(nowMs),
    });
    return { list, next: isLast ? null : (reached ?? null) };
  }

  /**
   * Takes each record as if another server had brought it: nobody is called for it. The operator vouches for how many.
   *
   * @throws `signature_invalid`, `key_unacceptable` where the list was not signed; then nothing was taken
   */
  async take(list: PeerList): Promise<Imported> {
    requireAcceptablePeerList(list);
    requireAcceptableKey(list.publicKey);
    const isSigned = await this.verifier.verify(
      list.publicKey,
      peerListMessage.signingText(list),
      list.signature,
    );
    if (!isSigned)
      throw new FederationError('signature_invalid', 'the list was not signed by the key that it names');
    const operator = { serverUuid: this.identity.self.serverUuid, provenAt: this.clock.now() };
    const outcomes = await this.records.takeAllRelayed(list.records, operator, true);
    const refused = outcomes.flatMap((outcome, place) => {
      const code =
        outcome.type === 'claimed' ? 'key_mismatch' : outcome.type === 'refused' ? outcome.code : null;
      return code === null ? [] : [{ serverUuid: list.records[place]!.serverUuid, code }];
    });
    return {
      added: outcomes.filter((outcome) => outcome.type === 'taken' && outcome.isNew).length,
      changed: outcomes.filter((outcome) => outcome.type === 'taken' && !outcome.isNew).length,
      unchanged: outcomes.filter(({ type }) => type === 'unchanged').length,
      refused,
    };
  }
}
