import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { AnswersJsonText } from '../http/answers-json-text.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import { requireBody } from '../http/decode-body.js';
import { notesOf } from '../http/request-notes.js';
import type { JsonValue } from '../protocol/json.js';
import { domainQueryMessage } from '../protocol/messages/domain-query.js';
import { domainResponseMessage } from '../protocol/messages/domain-response.js';
import { normalizeServerId } from '../protocol/server-id.js';
import { requireServerId } from '../protocol/strict.js';
import { QueryService } from './query.service.js';
import type { RouteAnswer } from './routing-schemas.js';
import { RoutingService } from './routing.service.js';

@Controller('api/v1')
export class RoutingController {
  constructor(
    private readonly routing: RoutingService,
    private readonly queries: QueryService,
  ) {}

  @Post('route/:domain')
  @HttpCode(200)
  async route(@Param('domain') text: string): Promise<RouteAnswer> {
    requireServerId('domain', text);
    const domain = normalizeServerId(text);
    const found = await this.routing.resolve(domain);
    return {
      found: found !== null,
      domain,
      server_id: found?.route.serverId ?? null,
      endpoint_url: found?.route.endpointUrl ?? null,
      confidence: found?.route.confidence ?? 0,
      from_cache: found?.fromCache ?? false,
    };
  }

  @Post('domain/query')
  @OpenToPeers()
  @HttpCode(200)
  @AnswersJsonText()
  async query(@Body() body: JsonValue | undefined, @Req() request: Request): Promise<string> {
    const query = domainQueryMessage.decode(requireBody(body));
    const response = await this.queries.answer(query, ({ serverId }) => {
      notesOf(request).peer = serverId;
    });
    return domainResponseMessage.encode(response);
  }
}
