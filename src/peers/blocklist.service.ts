import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Cached } from '../platform/cached.js';
import { Clock } from '../platform/clock.js';
import { type Block, Blocklist, type BlockKind, type Presented } from './blocklist.js';

/** The operator may change the list beside us; asking for it with each announcement would cost a statement. */
const MAX_AGE_MS = 60_000;

/** Keeps out whom the operator blocked before we knew them; who is on file is blocked by trust. */
@Injectable()
export class BlocklistService {
  private readonly list: Cached<Blocklist>;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.list = new Cached(clock, MAX_AGE_MS, () => this.load());
  }

  async isBlocked(server: Presented): Promise<boolean> {
    return (await this.list.get()).find(server, this.clock.now()) !== null;
  }

  /** Takes back the blocks that name exactly this server. Answers one that keeps it out all the same: that of a domain. */
  async lift(server: Presented): Promise<Block | null> {
    await this.database.query(
      `DELETE FROM blocklist WHERE kind = 'server' AND identifier IN ($1, $2) OR kind = 'fingerprint' AND identifier = $3`,
      [server.serverUuid, server.serverId, server.fingerprint()],
    );
    this.list.forget();
    return (await this.list.get()).find(server, this.clock.now());
  }

  private async load(): Promise<Blocklist> {
    const rows = await this.database.query<{
      kind: BlockKind;
      identifier: string;
      expires_at: number | null;
    }>('SELECT kind, identifier, expires_at FROM blocklist');
    const blocks = rows.map((row): Block => ({
      kind: row.kind,
      identifier: row.identifier,
      expiresAt: row.expires_at,
    }));
    return new Blocklist(blocks);
  }
}
