import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { OpenToPeers } from '../http/open-to-peers.js';
import { requireBody } from '../http/decode-body.js';
import { notesOf } from '../http/request-notes.js';
import { sourceNetwork, sourceOf } from '../http/source-address.js';
import type { JsonValue } from '../protocol/json.js';
import { gossipEnvelope } from '../protocol/messages/gossip-envelope.js';
import type { AcceptedAnswer } from './gossip-schemas.js';
import { ReceiverService } from './receiver.service.js';

@Controller('api/v1/gossip')
export class GossipController {
  constructor(private readonly receiver: ReceiverService) {}

  @Post('receive')
  @OpenToPeers()
  @HttpCode(200)
  async receive(@Body() body: JsonValue | undefined, @Req() request: Request): Promise<AcceptedAnswer> {
    const envelope = gossipEnvelope.decode(requireBody(body));
    const { effect, serverId } = await this.receiver.receive(envelope, sourceNetwork(sourceOf(request)));
    const notes = notesOf(request);
    notes.outcome = effect;
    if (serverId !== null) notes.peer = serverId;
    return { status: 'accepted' };
  }
}
