import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { decodeBody } from '../http/decode-body.js';
import type { JsonValue } from '../protocol/json.js';
import { requireUuid } from '../protocol/strict.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import type { Verdict } from './admission-policy.js';
import { verdictBody, type AdmissionAnswer, type AdmissionsAnswer } from './admission-schemas.js';
import type { OperatorVerdict } from './verdicts.repository.js';
import { VerdictsService } from './verdicts.service.js';

@Controller('api/v1/admissions')
export class AdmissionsController {
  constructor(private readonly verdicts: VerdictsService) {}

  @Get()
  async list(): Promise<AdmissionsAnswer> {
    const { waiting, decided } = await this.verdicts.list();
    return {
      waiting: waiting.map(({ serverUuid, serverId, fingerprint, endpoints, state, problem, since }) => ({
        server_uuid: serverUuid,
        fingerprint,
        server_id: serverId,
        discovery: endpoints.discovery,
        state,
        problem,
        since: formatTimestamp(since),
      })),
      decided: decided.map(describe),
    };
  }

  @Post(':serverUuid/approve')
  @HttpCode(200)
  approve(
    @Param('serverUuid') serverUuid: string,
    @Body() body: JsonValue | undefined,
  ): Promise<AdmissionAnswer> {
    return this.decide(serverUuid, body, 'approved');
  }

  @Post(':serverUuid/refuse')
  @HttpCode(200)
  refuse(
    @Param('serverUuid') serverUuid: string,
    @Body() body: JsonValue | undefined,
  ): Promise<AdmissionAnswer> {
    return this.decide(serverUuid, body, 'refused');
  }

  private async decide(
    serverUuid: string,
    body: JsonValue | undefined,
    verdict: Verdict,
  ): Promise<AdmissionAnswer> {
    requireUuid('server_uuid', serverUuid);
    const { fingerprint = null } = decodeBody(verdictBody, body) ?? {};
    return describe(await this.verdicts.decide(serverUuid, fingerprint, verdict));
  }
}

function describe({
  serverUuid,
  fingerprint,
  serverId,
  verdict,
  decidedAt,
}: OperatorVerdict): AdmissionAnswer {
  return {
    server_uuid: serverUuid,
    fingerprint,
    server_id: serverId,
    verdict,
    decided_at: formatTimestamp(decidedAt),
  };
}
