import type { Endpoints } from '../protocol/endpoints.js';
import { parseUrl } from '../protocol/url.js';

export type BlockKind = 'server' | 'domain' | 'fingerprint';

/** Whom the operator keeps out, known here or not. Times are epoch milliseconds. */
export interface Block {
  readonly kind: BlockKind;
  /** A server_id or server_uuid, a DNS name, or a fingerprint; the first three in lower case. */
  readonly identifier: string;
  /** Null: for good. */
  readonly expiresAt: number | null;
}

/** A server as it presents itself. */
export interface Presented {
  readonly serverUuid: string;
  readonly serverId: string;
  readonly endpoints: Endpoints;
  /** Asked only where a fingerprint is blocked: it costs a hash. */
  readonly fingerprint: () => string;
}

/** The operator's blocks, made for asking. */
export class Blocklist {
  private readonly blocks: Readonly<Record<BlockKind, ReadonlyMap<string, Block>>>;

  constructor(blocks: readonly Block[]) {
    const of = (kind: BlockKind): ReadonlyMap<string, Block> =>
      new Map(blocks.filter((block) => block.kind === kind).map((block) => [block.identifier, block]));
    this.blocks = { server: of('server'), domain: of('domain'), fingerprint: of('fingerprint') };
  }

  /**
   * The block in force that keeps this server out longest; null where there is none. A domain stands for itself and
   * for every name below it, as a server's name or as the host of its endpoints.
   */
  find(server: Presented, nowMs: number): Block | null {
    const { blocks } = this;
    const found = [
      blocks.server.get(server.serverUuid),
      blocks.server.get(server.serverId),
      blocks.fingerprint.size === 0 ? undefined : blocks.fingerprint.get(server.fingerprint()),
      ...(blocks.domain.size === 0
        ? []
        : namesOf(server)
            .flatMap(suffixes)
            .map((name) => blocks.domain.get(name))),
    ];
    return found
      .filter((block) => block !== undefined)
      .filter(({ expiresAt }) => expiresAt === null || expiresAt > nowMs)
      .reduce<Block | null>(
        (longest, block) => (longest !== null && !outlasts(block, longest) ? longest : block),
        null,
      );
  }
}

/** `a.b.c`, `b.c`, `c`. */
function suffixes(name: string): string[] {
  const labels = name.replace(/\.$/, '').split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

function namesOf({ serverId, endpoints: { discovery, federation } }: Presented): string[] {
  const hosts = [discovery, federation].flatMap((url) => parseUrl(url)?.hostname ?? []);
  return [...new Set([serverId, ...hosts])];
}

function outlasts(block: Block, other: Block): boolean {
  return (block.expiresAt ?? Infinity) > (other.expiresAt ?? Infinity);
}
