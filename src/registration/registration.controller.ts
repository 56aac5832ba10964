import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { decodeBody, queryText } from '../http/decode-body.js';
import { invalidField } from '../protocol/errors.js';
import type { JsonValue } from '../protocol/json.js';
import { MAX_PUBLIC_KEY_LENGTH, MAX_SERVER_ID_LENGTH, MAX_SERVER_UUID_LENGTH } from '../protocol/limits.js';
import { isServerId, normalizeServerId } from '../protocol/server-id.js';
import { describeVerification, RegistrationService } from './registration.service.js';

const registerBody = z.object({
  desired_domain: z.string().max(MAX_SERVER_ID_LENGTH),
  server_uuid: z.string().max(MAX_SERVER_UUID_LENGTH),
  public_key: z.string().max(MAX_PUBLIC_KEY_LENGTH),
});

@Controller('api/v1/domain')
export class RegistrationController {
  constructor(private readonly registration: RegistrationService) {}

  @Post('verify')
  @HttpCode(200)
  async verify(@Query('domain') domain: unknown, @Query('server_uuid') serverUuid: unknown): Promise<object> {
    const name = requireName(queryText(domain, 'domain'), 'domain');
    const uuid = queryText(serverUuid, 'server_uuid');
    if (uuid === undefined) throw invalidField('server_uuid', 'is required');
    return describeVerification(await this.registration.verify(name, uuid.toLowerCase()));
  }

  @Post('register')
  @HttpCode(200)
  async register(@Body() body: JsonValue | undefined): Promise<object> {
    const { desired_domain, server_uuid, public_key } = decodeBody(registerBody, body);
    const domain = requireName(desired_domain, 'desired_domain');
    const claimant = { serverUuid: server_uuid.toLowerCase(), publicKey: public_key };
    const { message } = await this.registration.register(domain, claimant);
    return { success: true, domain, server_uuid: claimant.serverUuid, message };
  }
}

function requireName(text: string | undefined, field: string): string {
  if (text === undefined) throw invalidField(field, 'is required');
  if (!isServerId(text))
    throw invalidField(field, 'must be 1 to 255 of ASCII letters, digits, ".", "-", "_"');
  return normalizeServerId(text);
}
