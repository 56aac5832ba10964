import { Body, Controller, HttpStatus, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { requireBody } from '../http/decode-body.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import { notesOf } from '../http/request-notes.js';
import { sourceNetwork, sourceOf } from '../http/source-address.js';
import { fingerprintOf } from '../platform/keys.js';
import type { JsonValue } from '../protocol/json.js';
import { announcementMessage } from '../protocol/messages/announcement.js';
import type { JoinAnswer } from './admission-schemas.js';
import { AnnouncementIntake } from './announcement-intake.js';
import { PendingNewcomers } from './pending-newcomers.js';

@Controller('api/v1/ext')
export class JoinController {
  constructor(
    private readonly intake: AnnouncementIntake,
    private readonly pending: PendingNewcomers,
  ) {}

  @Post('join')
  @OpenToPeers()
  async join(
    @Body() body: JsonValue | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<JoinAnswer> {
    const announcement = announcementMessage.decode(requireBody(body));
    const network = sourceNetwork(sourceOf(request));
    const outcome = await this.intake.take(announcement, { type: 'received', network });
    const notes = notesOf(request);
    notes.outcome = outcome;
    if (outcome !== 'unchanged') notes.peer = announcement.serverId;
    response.status(outcome === 'pending' ? HttpStatus.ACCEPTED : HttpStatus.OK);
    if (outcome !== 'pending') return { state: 'known' };
    const { serverUuid, publicKey } = announcement;
    const identity = { serverUuid, fingerprint: fingerprintOf(publicKey) };
    return { state: 'pending', retry_after: this.pending.retryAfterSeconds(identity) };
  }
}
