import type { Config } from '../../config/config.js';
import { localUrl } from '../../config/default-endpoints.js';
import type { Environment } from '../../config/environment.js';
import { inspectDatabase } from '../../database/inspect-database.js';
import { migrationNames } from '../../database/migrations/all.js';
import { readIdentity } from '../../identity/identity.repository.js';
import { DaemonClient } from '../daemon-client.js';
import { explainStartFailure } from '../start-failure.js';
import { identityIn, judgeDatabase, judgeMigrations, type DatabaseFacts } from './database.js';
import { judgeDisk, lookAtDisk, type FileSystem } from './disk.js';
import { finding, skipped, type CheckName, type Finding } from './finding.js';
import { judgeNode } from './node-version.js';
import { Others } from './others.js';
import { anyPort, findListener, isDaemon, isOurs, judgePort, type Listener } from './port.js';
import { judgePrivateKey, readKeys, type HeldKeys } from './private-key.js';
import { lookAtSettings, type Settings } from './settings.js';

/** What the checks are given by the process they run in. */
export interface CheckParts {
  readonly env: Environment;
  readonly isTerminal: boolean;
  readonly nodeVersion: string;
  /** As in package.json. */
  readonly nodeRange: string;
  readonly now: () => number;
  readonly fileSystem: FileSystem;
}

const NEED_CONFIGURATION: readonly CheckName[] = [
  'private_key',
  'port',
  'database',
  'migrations',
  'disk',
  'clock',
  'public_url',
  'administration',
  'bootstrap_servers',
];

/** Looks at everything that a daemon of this environment needs, and changes none of it. */
export async function runChecks(parts: CheckParts): Promise<Finding[]> {
  const node = finding('node', judgeNode(parts.nodeVersion, parts.nodeRange));
  const settings = await lookAtSettings(parts.env, parts.isTerminal, parts.now());
  const { config, store, findings } = settings;
  try {
    if (config !== null) return [node, ...findings, ...(await checkAround(config, settings, parts))];
    const unusable = skipped('The configuration cannot be used.');
    return [node, ...findings, ...NEED_CONFIGURATION.map((check) => finding(check, unusable))];
  } finally {
    await store?.close();
  }
}

/** What surrounds the daemon: first what is on this machine, then what others answer. */
async function checkAround(config: Config, { store }: Settings, parts: CheckParts): Promise<Finding[]> {
  const keys = store === null ? null : await readKeys(store);
  const listener = config.port === 0 ? null : await findListener(localUrl(config.host, config.port), config);
  const database = await lookAtDatabase(config, store !== null, listener);
  const identity = identityIn(database);
  const fingerprints = fingerprintsOf(keys, identity?.fingerprint ?? answeringFor(database, listener));
  const daemon = listener !== null && isAnswering(listener, fingerprints) ? new DaemonClient(config) : null;
  const self = identity ?? (daemon !== null && listener?.kind === 'daemon' ? listener : null);
  const isDaemonRunning = daemon !== null;
  const onFile = self?.fingerprint ?? (identity === null ? null : undefined);
  const local = [
    finding('private_key', judgePrivateKey(keys, onFile)),
    finding('port', listener === null ? anyPort() : judgePort({ ...config, listener, fingerprints })),
    finding('database', judgeDatabase(database)),
    finding(
      'migrations',
      judgeMigrations({ database, ours: migrationNames(), mode: config.migrations, isDaemonRunning }),
    ),
    finding('disk', judgeDisk(await lookAtDisk(config.dataDir, parts.fileSystem))),
  ];
  const isRevoked = listener?.kind === 'revoked_daemon' || (identity?.revokedAt ?? null) !== null;
  const others = new Others(config, store !== null, { self, isRevoked, daemon }, parts.now);
  return [...local, ...(await others.check())];
}

async function lookAtDatabase(
  config: Config,
  isWhole: boolean,
  listener: Listener | null,
): Promise<DatabaseFacts> {
  if (!isWhole && config.databaseUrl === null) return { state: 'unknown' };
  try {
    const inspected = await inspectDatabase(config, readIdentity);
    if (inspected.state !== 'in_use' || listener === null || !isDaemon(listener)) return inspected;
    const answer = await new DaemonClient(config).getObject('/status').catch(() => null);
    return { state: 'asked_daemon', isReachable: answer !== null };
  } catch (error) {
    return { state: 'unusable', problem: explainStartFailure(error, config).message.split('\n')[0]! };
  }
}

/** The daemon that has our embedded database open is ours, whatever key lies in the secret store. */
function answeringFor(database: DatabaseFacts, listener: Listener | null): string | null {
  return database.state === 'asked_daemon' && listener?.kind === 'daemon' ? listener.fingerprint : null;
}

/** Of our keys, as far as they are known; null where none is, and some may be. */
function fingerprintsOf(keys: HeldKeys | null, onFile: string | null): string[] | null {
  const known = [keys?.current, keys?.next, onFile].filter((each) => typeof each === 'string');
  return known.length === 0 && keys?.problem !== null ? null : known;
}

function isAnswering(listener: Listener, fingerprints: readonly string[] | null): boolean {
  return isDaemon(listener) && isOurs(listener, fingerprints) !== false;
}
