import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Clock } from '../platform/clock.js';
import { ROUTE_CACHE_MS } from '../protocol/limits.js';
import { formatTimestamp } from '../protocol/timestamps.js';

/** Found routes kept at once; the ones that expire first go first. */
const MAX_ROUTES = 10_000;

/** Where a domain is; `endpointUrl` is the federation endpoint. */
export interface Route {
  readonly domain: string;
  readonly serverId: string;
  readonly serverUuid: string;
  readonly endpointUrl: string;
  /** 0 to 1. */
  readonly confidence: number;
}

interface RouteRow {
  domain: string;
  server_id: string;
  server_uuid: string;
  endpoint_url: string;
  confidence: number;
}

/** The route cache (wire protocol 1.6): only what was proven goes in. */
@Injectable()
export class RoutesRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async find(domain: string): Promise<Route | null> {
    const [row] = await this.database.query<RouteRow>(
      'SELECT * FROM routes WHERE domain = $1 AND expires_at > $2',
      [domain, formatTimestamp(this.clock.now())],
    );
    if (row === undefined) return null;
    return {
      domain: row.domain,
      serverId: row.server_id,
      serverUuid: row.server_uuid,
      endpointUrl: row.endpoint_url,
      confidence: row.confidence,
    };
  }

  async save(route: Route): Promise<void> {
    const nowMs = this.clock.now();
    await this.database.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO routes (domain, server_id, server_uuid, endpoint_url, confidence, learned_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (domain) DO UPDATE SET server_id = excluded.server_id, server_uuid = excluded.server_uuid,
           endpoint_url = excluded.endpoint_url, confidence = excluded.confidence, learned_at = excluded.learned_at,
           expires_at = excluded.expires_at`,
        [
          route.domain,
          route.serverId,
          route.serverUuid,
          route.endpointUrl,
          route.confidence,
          formatTimestamp(nowMs),
          formatTimestamp(nowMs + ROUTE_CACHE_MS),
        ],
      );
      await tx.query(
        'DELETE FROM routes WHERE domain IN (SELECT domain FROM routes ORDER BY expires_at DESC OFFSET $1)',
        [MAX_ROUTES],
      );
    });
  }
}
