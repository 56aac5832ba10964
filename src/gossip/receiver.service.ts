import { Injectable } from '@nestjs/common';
import { AnnouncementIntake } from '../admission/announcement-intake.js';
import { EventBus } from '../observability/events.js';
import { KeyStatementsService } from '../peers/key-statements.service.js';
import { FederationError } from '../protocol/errors.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import type { GossipEnvelope } from '../protocol/messages/gossip-envelope.js';
import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../protocol/messages/key-rotation.js';
import { peerExchangeMessage } from '../protocol/messages/peer-exchange.js';
import {
  requireAcceptableGossipEnvelope,
  requireAcceptableIdentityRevocation,
  requireAcceptableKeyRotation,
} from '../protocol/strict.js';
import { PeerExchangeService } from './peer-exchange.service.js';

/** Takes the four kinds of gossip (wire protocol 1.3, GossipMessage). The envelope proves nothing; the payload does. */
@Injectable()
export class ReceiverService {
  constructor(
    private readonly intake: AnnouncementIntake,
    private readonly statements: KeyStatementsService,
    private readonly exchanges: PeerExchangeService,
    private readonly events: EventBus,
  ) {}

  /**
   * @param network the source's /24 or /48, against which newcomers are counted
   * @throws whatever is wrong with the message; then nothing was changed
   */
  async receive(envelope: GossipEnvelope, network: string): Promise<void> {
    requireAcceptableGossipEnvelope(envelope);
    try {
      await this.dispatch(envelope, network);
    } catch (error) {
      if (error instanceof FederationError) {
        this.events.emit('peer.refused', { serverId: envelope.fromServer, code: error.code });
      }
      throw error;
    }
  }

  private async dispatch({ messageType, payload }: GossipEnvelope, network: string): Promise<void> {
    switch (messageType) {
      case 'announcement':
        // Anyone can replay it, so its source pays and not its sender (wire protocol 1.5).
        await this.intake.take(announcementMessage.decode(payload), { type: 'received', network });
        return;
      case 'peer_exchange':
        return this.exchanges.take(peerExchangeMessage.decode(payload));
      case 'key_rotation': {
        const rotation = keyRotationMessage.decode(payload);
        requireAcceptableKeyRotation(rotation);
        await this.statements.rotate(rotation);
        return;
      }
      case 'identity_revocation': {
        const revocation = identityRevocationMessage.decode(payload);
        requireAcceptableIdentityRevocation(revocation);
        await this.statements.revoke(revocation);
        return;
      }
      case 'domain_query':
      case 'domain_response':
        throw new FederationError('unsupported_message', `message_type ${messageType} is reserved`);
    }
  }
}
