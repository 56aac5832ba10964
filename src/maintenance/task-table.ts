import type { Config } from '../config/config.js';
import type { BootstrapService } from '../gossip/bootstrap.service.js';
import type { GossipService } from '../gossip/gossip.service.js';
import type { StatementDeliveryService } from '../gossip/statement-delivery.service.js';
import type { ProxyCheck } from '../http/proxy-check.js';
import type { IdentityService } from '../identity/identity.service.js';
import type { LinkKeeper } from '../neighbors/link-keeper.js';
import { probeLookMs } from '../neighbors/liveness.js';
import { SEEK_INTERVAL_MS } from '../neighbors/neighbor-choice.js';
import type { NeighborProber } from '../neighbors/neighbor-prober.js';
import type { NeighborUpdates } from '../neighbors/neighbor-updates.js';
import type { RecordsService } from '../peers/records.service.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../protocol/durations.js';
import { SPREADING_SPREAD } from '../protocol/limits.js';
import type { AntiEntropyService } from '../sync/anti-entropy.service.js';
import type { CleanupService } from './cleanup.service.js';
import { TASK_SPREAD, type Task } from './task.js';

/** Nest token of the task table. */
export const TASKS = Symbol('TASKS');

export interface TaskParts {
  readonly config: Config;
  readonly identity: IdentityService;
  readonly bootstrap: BootstrapService;
  readonly deliveries: StatementDeliveryService;
  readonly proxyCheck: ProxyCheck;
  readonly gossip: GossipService;
  readonly neighbors: NeighborUpdates;
  readonly cleanup: CleanupService;
  readonly records: RecordsService;
  /** Null where the extension is off. */
  readonly extension: ExtensionParts | null;
}

export interface ExtensionParts {
  readonly antiEntropy: AntiEntropyService;
  readonly prober: NeighborProber;
  readonly links: LinkKeeper;
}

/** What runs when. Nothing else in the daemon runs by the clock. */
export function taskTable(parts: TaskParts): readonly Task[] {
  const { config, bootstrap, deliveries, proxyCheck, gossip, neighbors, cleanup, extension } = parts;
  return [
    // Each bootstrap server has its own backoff; this is how often it is looked at.
    row(
      'join',
      () => 5 * SECOND_MS,
      0,
      () => bootstrap.join(),
    ),
    row(
      'deliver-statements',
      () => MINUTE_MS,
      5 * SECOND_MS,
      () => deliveries.deliverDue(),
    ),
    row(
      'proxy-check',
      () => (proxyCheck.isOff ? MINUTE_MS : HOUR_MS),
      0,
      () => proxyCheck.run(),
    ),
    ...(extension === null ? [] : extensionRows(parts, extension)),
    driven(
      'gossip-round',
      () => config.gossipIntervalMs,
      10 * SECOND_MS,
      () => gossip.round(),
    ),
    driven(
      'update-neighbors',
      () => config.neighborIntervalMs,
      20 * SECOND_MS,
      () => neighbors.update(),
    ),
    driven(
      'cleanup',
      () => config.cleanupIntervalMs,
      MINUTE_MS,
      () => cleanup.run(),
    ),
  ];
}

function extensionRows({ config, records, identity }: TaskParts, extension: ExtensionParts): Task[] {
  return [
    spreading(
      'refresh-record',
      () => records.untilRefreshMs(config.refreshIntervalMs),
      0,
      () => records.refreshOwn(config.refreshIntervalMs),
    ),
    spreading(
      'compare-directories',
      () => config.syncIntervalMs,
      5 * SECOND_MS,
      unlessRevoked(identity, () => extension.antiEntropy.run()),
    ),
    row(
      'probe-neighbors',
      () => probeLookMs(config.probeIntervalMs),
      5 * SECOND_MS,
      unlessRevoked(identity, () => extension.prober.run()),
    ),
    row(
      'seek-neighbors',
      () => SEEK_INTERVAL_MS,
      10 * SECOND_MS,
      () => extension.links.lookInNeed(),
    ),
    // Not within the gossip round: it asks others one by one, and a round that the operator wants is not to wait for that.
    row(
      'tend-links',
      () => Math.max(MINUTE_MS, config.gossipIntervalMs),
      30 * SECOND_MS,
      () => extension.links.tend(),
    ),
  ];
}

/** A server that has revoked its identity signs no request any more, so it has nobody to ask. */
function unlessRevoked(identity: IdentityService, run: Task['run']): Task['run'] {
  return async () => (identity.self.revokedAt === null ? run() : null);
}

function row(name: Task['name'], everyMs: Task['everyMs'], firstAfterMs: number, run: Task['run']): Task {
  const first = Math.min(firstAfterMs, everyMs());
  return { name, everyMs, spread: TASK_SPREAD, firstAfterMs: first, canBeDriven: false, run };
}

/** What reaches the whole federation (wire protocol 2.5). */
function spreading(...columns: Parameters<typeof row>): Task {
  return { ...row(...columns), spread: SPREADING_SPREAD };
}

function driven(...columns: Parameters<typeof row>): Task {
  return { ...row(...columns), canBeDriven: true };
}
