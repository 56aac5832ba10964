import { Injectable } from '@nestjs/common';
import { Cached } from '../platform/cached.js';
import { Clock } from '../platform/clock.js';
import { EventBus } from '../observability/events.js';
import { FederationError } from '../protocol/errors.js';
import { MAX_PEERS, NEIGHBOR_CANDIDATE_AGE_MS } from '../protocol/limits.js';
import { AnnouncementWriter, type VerifiedAnnouncement, type Written } from './announcement-writer.js';
import type { Block, Presented } from './blocklist.js';
import { BlocklistService } from './blocklist.service.js';
import { countsOf, type PeerCounts } from './census.js';
import type { ListedPeer, Peer, Standing, Trust } from './peer.js';
import { PeersRepository, type PlacedPeer } from './peers.repository.js';

/** Counting the directory reads every row, so the figures may be this old. */
const COUNT_CACHE_MS = 5_000;

/** The directory of servers: what we know of whom, and what an announcement or a proof changes in it. */
@Injectable()
export class PeersService {
  private readonly counted: Cached<PeerCounts>;
  /** Newcomers since the directory was counted: many come at once that others tell us of. */
  private addedSince = 0;
  private countedOf: PeerCounts | null = null;

  constructor(
    private readonly repository: PeersRepository,
    private readonly writer: AnnouncementWriter,
    private readonly blocklist: BlocklistService,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {
    this.counted = new Cached(clock, COUNT_CACHE_MS, async () =>
      countsOf(await repository.census(clock.now())),
    );
  }

  standing(serverUuid: string, serverId: string): Promise<Standing> {
    return this.repository.standing({ serverUuid, serverId, nowMs: this.clock.now() });
  }

  /** Whether the operator keeps this server out by name, domain or key; who is on file is blocked by trust besides. */
  isBlocked(server: Presented): Promise<boolean> {
    return this.blocklist.isBlocked(server);
  }

  /** By name, in lower case; blocked and revoked ones too. */
  findByName(serverId: string): Promise<Peer | null> {
    return this.repository.findByName(serverId);
  }

  async findByUuid(serverUuid: string): Promise<Peer | null> {
    return (await this.repository.findByUuids([serverUuid]))[0] ?? null;
  }

  findByUuids(serverUuids: readonly string[]): Promise<Peer[]> {
    return this.repository.findByUuids(serverUuids);
  }

  unknownNames(serverIds: readonly string[]): Promise<string[]> {
    return this.repository.unknownNames(serverIds);
  }

  /** Names for a peer_exchange: of peers that answered us and were seen within a week. */
  sampleNames(count: number): Promise<string[]> {
    return this.repository.randomNames(count, this.clock.now() - NEIGHBOR_CANDIDATE_AGE_MS);
  }

  list(options: { activeOnly: boolean; includeBlocked: boolean }): Promise<ListedPeer[]> {
    const seenAfterMs = options.activeOnly ? this.clock.now() - NEIGHBOR_CANDIDATE_AGE_MS : null;
    return this.repository.list(seenAfterMs, options.includeBlocked);
  }

  /**
   * Who is let in again is no more on the blocklist either, where that names this server alone. Answers a block of the list
   * that keeps it out all the same, else null.
   *
   * @throws `unknown_peer` where no such server is on file, or it revoked its identity
   */
  async setTrust(serverId: string, trust: Exclude<Trust, 'revoked'>): Promise<Block | null> {
    const serverUuid = await this.repository.setTrust(serverId, trust);
    if (serverUuid === null)
      throw new FederationError('unknown_peer', 'no such server is known here, or it revoked its identity');
    // Of whom is blocked, nothing is passed on.
    this.events.emit('record.dropped', { serverUuid });
    const peer = trust === 'blocked' ? null : await this.findByUuid(serverUuid);
    return peer === null ? null : this.blocklist.lift({ ...peer, fingerprint: () => peer.fingerprint });
  }

  /** False where the directory does not hold the server as it announces itself, or changed since the decision: look again. */
  async refresh(announcement: VerifiedAnnouncement): Promise<boolean> {
    const written = await this.writer.refresh(announcement);
    const { serverUuid, serverId } = announcement;
    if (written?.isProven === false) this.events.emit('peer.unproven', { serverUuid, serverId });
    return this.recorded(announcement, written);
  }

  /** As `refresh`, for a server at new endpoints. */
  async move(announcement: VerifiedAnnouncement): Promise<boolean> {
    const written = await this.writer.move(announcement);
    const { serverUuid, serverId } = announcement;
    if (written !== null) this.events.emit('peer.changed', { serverUuid, serverId, change: 'moved' });
    return this.recorded(announcement, written);
  }

  /** As `refresh`, for a server that others had told us of, and that now announces itself. */
  async meet(announcement: VerifiedAnnouncement): Promise<boolean> {
    const written = (await this.writer.move(announcement)) ?? (await this.writer.meet(announcement));
    const { serverUuid, serverId } = announcement;
    if (written !== null) this.events.emit('peer.learned', { serverUuid, serverId });
    return this.recorded(announcement, written);
  }

  async rename(announcement: VerifiedAnnouncement): Promise<boolean> {
    const { serverUuid, serverId } = announcement;
    const written = await this.writer.rename(announcement);
    if (written !== null) this.events.emit('peer.changed', { serverUuid, serverId, change: 'renamed' });
    return this.recorded(announcement, written);
  }

  async add(announcement: VerifiedAnnouncement): Promise<'added' | 'overtaken' | 'full'> {
    const { serverUuid, serverId } = announcement;
    if ((await this.makeRoom(1, 'direct')) < 1) {
      this.events.emit('newcomer.refused', { serverId, code: 'directory_full' });
      return 'full';
    }
    const written = await this.writer.insert(announcement);
    if (written === null) return 'overtaken';
    this.counted.forget();
    this.events.emit('peer.learned', { serverUuid, serverId });
    this.recorded(announcement, written);
    return 'added';
  }

  /** A server that others alone told us of loses its name, and with it its place on file, to one that has proved it. */
  async giveWay(serverUuid: string): Promise<void> {
    if (!(await this.repository.dropHearsay(serverUuid))) return;
    this.counted.forget();
    this.events.emit('record.dropped', { serverUuid });
  }

  /** It answered us from the endpoints on file: it may now become a neighbour or a route (wire protocol 2.4). */
  async markProven(peer: PlacedPeer): Promise<boolean> {
    if (!(await this.repository.markProven(peer, this.clock.now()))) return false;
    const { serverUuid, serverId } = peer;
    this.events.emit('peer.changed', { serverUuid, serverId, change: 'proven' });
    return true;
  }

  /** A valid-looking announcement of this peer came under a key that is not on file. */
  noteRekeyed({ serverUuid, serverId }: Peer): void {
    this.events.emit('peer.rekeyed', { serverUuid, serverId });
  }

  counts(): Promise<PeerCounts> {
    return this.counted.get();
  }

  /**
   * How many newcomers of `count` the directory has room for, after servers that may go have gone. For those that others
   * tell us of, only such go (wire protocol 2.4).
   */
  async makeRoom(count: number, origin: 'direct' | 'introduced'): Promise<number> {
    const counts = await this.counts();
    if (this.countedOf !== counts) [this.countedOf, this.addedSince] = [counts, 0];
    const free = Math.max(0, MAX_PEERS - counts.total - this.addedSince);
    this.addedSince += count;
    if (free >= count) return count;
    this.counted.forget();
    const gone = await this.repository.evict(count - free, origin === 'introduced');
    for (const serverUuid of gone) this.events.emit('record.dropped', { serverUuid });
    return free + gone.length;
  }

  private recorded({ serverUuid }: VerifiedAnnouncement, written: Written | null): boolean {
    const hash = written?.recordHash ?? null;
    if (hash !== null)
      this.events.emit('record.changed', { serverUuid, hash, isNews: true, caughtUpFrom: null, from: null });
    return written !== null;
  }
}
