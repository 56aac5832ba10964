import { Controller, Get } from '@nestjs/common';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import { IdentityService } from '../identity/identity.service.js';
import { FederationError } from '../protocol/errors.js';
import { wellKnownMessage } from '../protocol/messages/well-known.js';

@Controller('.well-known')
export class WellKnownController {
  constructor(private readonly identity: IdentityService) {}

  /** Where the server of this name is, for a name whose server is elsewhere (wire protocol 2.4). */
  @Get('lattice')
  @OpenToPeers()
  @AnswersJsonText()
  show(): string {
    const { serverUuid, fingerprint, revokedAt } = this.identity.self;
    if (revokedAt !== null)
      throw new FederationError('own_identity_revoked', 'this server has revoked its identity for good');
    const { discovery } = this.identity.announcedEndpoints;
    return wellKnownMessage.encode({ discovery, serverUuid, fingerprint });
  }
}
