import { pinFor } from '../../config/addresses.js';
import type { Config } from '../../config/config.js';
import { AddressPolicy } from '../../platform/address-policy.js';
import { GuardedPeerHttp } from '../../platform/guarded-peer-http.js';
import { SignatureVerifier } from '../../platform/keys.js';
import type { DaemonClient } from '../daemon-client.js';
import { isUsable, judgeBootstrapServer } from './bootstrap-servers.js';
import { judgeClock, type ClockReading } from './clock.js';
import { fetchAnnouncement, type AnnouncementFetcher, type Fetched } from './fetch-announcement.js';
import { finding, skipped, type Finding, type Verdict } from './finding.js';
import {
  askAdministration,
  judgeAdministration,
  judgePublicUrl,
  type AdministrationFacts,
  type Self,
} from './public-url.js';

/** Neighbours whose clocks are asked, besides those of the bootstrap servers. */
const NEIGHBORS_ASKED = 3;

/** This server, as far as the checks before have found out. */
export interface Ourselves {
  readonly self: Self | null;
  readonly isRevoked: boolean;
  /** Null where it does not run. */
  readonly daemon: DaemonClient | null;
}

/** What is asked of others, and of ourselves from outside; over the client that the daemon uses. */
export class Others {
  readonly #http: GuardedPeerHttp;
  readonly #fetcher: AnnouncementFetcher;

  constructor(
    private readonly config: Config,
    private readonly isWhole: boolean,
    private readonly ourselves: Ourselves,
    now: () => number,
  ) {
    this.#http = new GuardedPeerHttp(new AddressPolicy(config.allowAddresses));
    this.#fetcher = { http: this.#http, verifier: new SignatureVerifier(), now };
  }

  async check(): Promise<Finding[]> {
    try {
      const [bootstrap, neighbors, outside] = await Promise.all([
        this.#fetchAll(this.config.bootstrapServers),
        this.#neighbors().then((urls) => this.#fetchAll(urls)),
        this.#checkOutside(),
      ]);
      const clock = judgeClock(this.#readings([...bootstrap.values(), ...neighbors.values()]));
      return [finding('clock', clock), ...outside, ...this.#judgeBootstrap(bootstrap)];
    } finally {
      await this.#http.close();
    }
  }

  async #fetchAll(urls: readonly string[]): Promise<Map<string, Fetched>> {
    const fetched = await Promise.all(urls.map((url) => fetchAnnouncement(this.#fetcher, url)));
    return new Map(urls.map((url, index) => [url, fetched[index]!]));
  }

  async #neighbors(): Promise<string[]> {
    const listed = (await this.ourselves.daemon?.get('/api/v1/peers').catch(() => [])) ?? [];
    const neighbors = (listed as { is_neighbor: boolean; endpoints: { discovery: string } }[]).filter(
      (peer) => peer.is_neighbor,
    );
    return neighbors.slice(0, NEIGHBORS_ASKED).map(({ endpoints }) => endpoints.discovery);
  }

  /** One of each server, and none of ourselves. */
  #readings(fetched: readonly Fetched[]): ClockReading[] {
    const byUuid = new Map<string, ClockReading>();
    for (const each of fetched) {
      if (each.kind !== 'announcement' || each.serverUuid === this.ourselves.self?.serverUuid) continue;
      byUuid.set(each.serverUuid, { server: each.serverId, aheadMs: each.aheadMs });
    }
    return [...byUuid.values()];
  }

  async #checkOutside(): Promise<Finding[]> {
    const { publicUrl: url } = this.config;
    const { self, isRevoked, daemon } = this.ourselves;
    if (url === null || isRevoked)
      return [
        finding('public_url', isRevoked ? skipped('This identity is revoked.') : this.#withoutUrl()),
        finding('administration', skipped('There is no public URL to ask.')),
      ];
    const fetched = await fetchAnnouncement(this.#fetcher, url);
    const administration: AdministrationFacts =
      fetched.kind === 'announcement' ? await askAdministration(this.#http, url) : { kind: 'not_asked' };
    return [
      finding('public_url', judgePublicUrl({ url, fetched, self, isDaemonRunning: daemon !== null })),
      finding('administration', judgeAdministration(administration)),
    ];
  }

  #withoutUrl(): Verdict {
    return this.isWhole
      ? skipped('No public URL is set, so nobody outside can reach this server.', SET_APP_URL)
      : skipped('The secret store, which may hold the public URL, cannot be read.');
  }

  #judgeBootstrap(fetched: ReadonlyMap<string, Fetched>): Finding[] {
    const ownUuid = this.ourselves.self?.serverUuid ?? null;
    const facts = [...fetched].map(([url, each]) => ({
      url,
      fetched: each,
      pin: pinFor(url, this.config.bootstrapPins),
      ownUuid,
    }));
    const isAnyUsable = facts.some(isUsable);
    if (facts.length > 0)
      return facts.map((each) =>
        finding('bootstrap_servers', judgeBootstrapServer({ ...each, isAnyUsable })),
      );
    const none = this.isWhole
      ? skipped('None is set: this server waits for others to come.', SET_BOOTSTRAP)
      : skipped('The secret store, which may name them, cannot be read.');
    return [finding('bootstrap_servers', none)];
  }
}

const SET_APP_URL = 'Set LATTICE_APP_URL, such as https://chat.example.org';
const SET_BOOTSTRAP =
  'To join a federation, set LATTICE_BOOTSTRAP_SERVERS, such as https://hub.example.org/discovery';
