import { Body, Controller, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { decodeBody, queryText } from '../http/decode-body.js';
import { invalidField } from '../protocol/errors.js';
import type { JsonValue } from '../protocol/json.js';
import { normalizeServerId } from '../protocol/server-id.js';
import { requireServerId, requireUuid } from '../protocol/strict.js';
import { registerBody, type RegistrationAnswer, type VerificationAnswer } from './registration-schemas.js';
import { describeVerification, RegistrationService } from './registration.service.js';

@Controller('api/v1/domain')
export class RegistrationController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly registration: RegistrationService,
  ) {}

  @Post('verify')
  @HttpCode(200)
  async verify(
    @Query('domain') domain: unknown,
    @Query('server_uuid') serverUuid: unknown,
  ): Promise<VerificationAnswer> {
    const name = requireName(queryText(domain, 'domain'), 'domain');
    const uuid = queryText(serverUuid, 'server_uuid')?.toLowerCase();
    if (uuid === undefined) throw invalidField('server_uuid', 'is required');
    requireUuid('server_uuid', uuid);
    return describeVerification(await this.registration.verify(name, uuid));
  }

  @Post('register')
  @HttpCode(200)
  async register(@Body() body: JsonValue | undefined): Promise<RegistrationAnswer> {
    const { desired_domain, server_uuid, public_key } = decodeBody(registerBody, body);
    const domain = requireName(desired_domain, 'desired_domain');
    const claimant = { serverUuid: server_uuid.toLowerCase(), publicKey: public_key };
    const { message } = await this.registration.register(domain, claimant);
    return {
      success: true,
      domain,
      server_uuid: claimant.serverUuid,
      message: `${message}${this.reminder(domain)}`,
    };
  }

  /** The environment beats what was registered at every start. */
  private reminder(domain: string): string {
    const { serverId } = this.config;
    if (serverId === null || serverId === domain) return '';
    return `; set LATTICE_SERVER_ID=${domain}, or the next start renames this server back to ${serverId}`;
  }
}

function requireName(text: string | undefined, field: string): string {
  if (text === undefined) throw invalidField(field, 'is required');
  requireServerId(field, text);
  return normalizeServerId(text);
}
