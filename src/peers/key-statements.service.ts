import { Injectable } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { fingerprintOf, requireAcceptableKey } from '../platform/keys.js';
import { FederationError } from '../protocol/errors.js';
import {
  identityRevocationMessage,
  type IdentityRevocation,
} from '../protocol/messages/identity-revocation.js';
import { keyRotationMessage, type KeyRotation } from '../protocol/messages/key-rotation.js';
import { statementHash } from '../protocol/records/record-hash.js';
import { parseTimestamp } from '../protocol/timestamps.js';
import { decideRevocation, decideRotation, type StatementDecision } from './key-policy.js';
import { KeyWriter } from './key-writer.js';
import { PeerAuthenticator } from './peer-authenticator.js';
import { PeersService } from './peers.service.js';
import { plainlySigned } from './plain-signatures.js';

/** Takes what another server says about its own identity: a new key, or its end (wire protocol 1.3). */
@Injectable()
export class KeyStatementsService {
  constructor(
    private readonly peers: PeersService,
    private readonly writer: KeyWriter,
    private readonly authenticator: PeerAuthenticator,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {}

  /**
   * @param rotation with all checks of shape done
   * Answers the name of the server that has proved it its own; null where it had no effect: it was taken before.
   */
  async rotate(rotation: KeyRotation): Promise<string | null> {
    const { known, revoked } = await this.peers.standing(rotation.serverUuid, '');
    const oldFingerprint = fingerprintOf(rotation.oldPublicKey);
    const newFingerprint = fingerprintOf(rotation.newPublicKey);
    const signedAt = parseTimestamp(rotation.timestamp)!;
    const history = await this.writer.history(rotation.serverUuid);
    const facts = {
      known,
      revoked,
      nowMs: this.clock.now(),
      signedAt,
      oldFingerprint,
      newFingerprint,
      history,
    };
    if (!applies(decideRotation(facts)) || known === null) return null;
    requireAcceptableKey(rotation.newPublicKey);
    await this.authenticator.require(known, keyRotationMessage.signingText(rotation), rotation.signature);
    const body = keyRotationMessage.encode(plainlySigned(rotation));
    const written = await this.writer.rotate({
      serverUuid: rotation.serverUuid,
      oldFingerprint,
      newFingerprint,
      newPublicKey: rotation.newPublicKey,
      body,
      hash: statementHash(body),
      rotatedAt: signedAt,
    });
    if (written === null)
      throw new FederationError('key_mismatch', 'the key on file changed in the meantime');
    this.authenticator.charge(known);
    this.events.emit('peer.changed', {
      serverUuid: known.serverUuid,
      serverId: known.serverId,
      change: 'rotated',
    });
    this.tell(known.serverUuid, written);
    return known.serverId;
  }

  /** Answers as `rotate`. */
  async revoke(revocation: IdentityRevocation): Promise<string | null> {
    const { known, revoked } = await this.peers.standing(revocation.serverUuid, '');
    const revokedAt = parseTimestamp(revocation.timestamp)!;
    const decision = decideRevocation({ known, revoked, nowMs: this.clock.now(), signedAt: revokedAt });
    if (!applies(decision) || known === null) return null;
    await this.authenticator.require(
      known,
      identityRevocationMessage.signingText(revocation),
      revocation.signature,
    );
    const body = identityRevocationMessage.encode(plainlySigned(revocation));
    const written = await this.writer.revoke({
      serverUuid: known.serverUuid,
      fingerprint: known.fingerprint,
      reason: revocation.reason,
      body,
      hash: statementHash(body),
      revokedAt,
    });
    if (written === null)
      throw new FederationError('key_mismatch', 'the key on file changed in the meantime');
    this.authenticator.charge(known);
    const { serverUuid, serverId } = known;
    this.events.emit('peer.revoked', { serverUuid, serverId, reason: revocation.reason });
    this.tell(serverUuid, written);
    return serverId;
  }

  private tell(serverUuid: string, hash: string): void {
    this.events.emit('record.changed', { serverUuid, hash, isNews: true, caughtUpFrom: null, from: null });
  }
}

function applies(decision: StatementDecision): boolean {
  if (decision.type === 'reject') throw new FederationError(decision.code, decision.detail);
  return decision.type === 'apply';
}
