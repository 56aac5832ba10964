import { Injectable } from '@nestjs/common';
import { AnnouncementIntake } from '../admission/announcement-intake.js';
import { EventBus, type GossipEffect } from '../observability/events.js';
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

/** What a message did, and the server whose signature on it held; null where it did nothing, and none was looked at. */
export interface Heard {
  readonly effect: GossipEffect;
  readonly serverId: string | null;
}

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
  async receive(envelope: GossipEnvelope, network: string): Promise<Heard> {
    requireAcceptableGossipEnvelope(envelope);
    const { messageType: kind } = envelope;
    try {
      const heard = await this.dispatch(envelope, network);
      this.events.emit('peer.heard', { ...heard, kind });
      return heard;
    } catch (error) {
      const code = error instanceof FederationError ? error.code : 'internal_error';
      this.events.emit('peer.refused', { serverId: envelope.fromServer, kind, code });
      throw error;
    }
  }

  private async dispatch({ messageType, payload }: GossipEnvelope, network: string): Promise<Heard> {
    switch (messageType) {
      case 'announcement': {
        // Anyone can replay it, so its source pays and not its sender (wire protocol 1.5).
        const announcement = announcementMessage.decode(payload);
        const effect = await this.intake.take(announcement, { type: 'received', network });
        if (effect === 'unchanged') return { effect, serverId: null };
        this.events.emit('peer.heartbeat', { serverUuid: announcement.serverUuid });
        return { effect, serverId: announcement.serverId };
      }
      case 'peer_exchange': {
        const exchange = peerExchangeMessage.decode(payload);
        const { serverUuid, serverId } = await this.exchanges.take(exchange);
        this.events.emit('peer.heartbeat', { serverUuid });
        return { effect: 'accepted', serverId };
      }
      case 'key_rotation': {
        const rotation = keyRotationMessage.decode(payload);
        requireAcceptableKeyRotation(rotation);
        const serverId = await this.statements.rotate(rotation);
        if (serverId !== null) this.events.emit('peer.heartbeat', { serverUuid: rotation.serverUuid });
        return statement(serverId);
      }
      case 'identity_revocation': {
        const revocation = identityRevocationMessage.decode(payload);
        requireAcceptableIdentityRevocation(revocation);
        return statement(await this.statements.revoke(revocation));
      }
      case 'domain_query':
      case 'domain_response':
        throw new FederationError('unsupported_message', `message_type ${messageType} is reserved`);
    }
  }
}

function statement(serverId: string | null): Heard {
  return { effect: serverId === null ? 'unchanged' : 'accepted', serverId };
}
