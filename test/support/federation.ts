import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Runtime } from '../../src/app.module.js';
import { readConfig } from '../../src/config/read-config.js';
import { startDaemon, systemRuntime } from '../../src/daemon.js';
import type { TaskName } from '../../src/maintenance/task.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { Signer } from '../../src/platform/keys.js';
import type { DatabasePlace, DatabaseUnderTest } from './databases.js';
import { freePort } from './free-port.js';
import { KeyPool } from './key-pool.js';
import { MovableClock } from './movable-clock.js';
import { Stranger } from './stranger.js';
import { recordOutput, recordSecretsOf } from './suite-record.js';
import { TestDaemon } from './test-daemon.js';

export type { TestDaemon } from './test-daemon.js';

/** No cron drives these, so an external scheduler leaves them to the daemon; a test runs them when it wants them to. */
const BY_THE_CLOCK: readonly TaskName[] = [
  'refresh-record',
  'compare-directories',
  'probe-neighbors',
  'seek-neighbors',
  'tend-links',
  'deliver-statements',
];

type Variables = Readonly<Record<string, string>>;

/** Daemons and hand-made servers that find each other on loopback, on one kind of database and under one clock. */
export class Federation {
  readonly keys = new KeyPool();
  private readonly daemons = new Set<TestDaemon>();
  private readonly strangers = new Set<Stranger>();
  private readonly places = new Set<DatabasePlace>();

  constructor(
    private readonly under: DatabaseUnderTest,
    readonly clock = new MovableClock(),
  ) {}

  /** A new server; its tasks run only when asked for, unless LATTICE_SCHEDULER says otherwise. */
  async start(name: string, env: Variables = {}, given: Partial<Runtime> = {}): Promise<TestDaemon> {
    const place = await this.under.create();
    this.places.add(place);
    const { privateKeyPem } = await this.keys.next();
    await writeFile(join(place.dataDir, 'private_key.pem'), privateKeyPem, { mode: 0o600 });
    return this.run(place, { LATTICE_SERVER_ID: name, ...env }, given);
  }

  async stop(daemon: TestDaemon): Promise<void> {
    this.daemons.delete(daemon);
    await daemon.daemon.close();
    recordOutput(inspect(daemon.log.entries, { depth: 8, maxStringLength: null, maxArrayLength: null }));
    recordSecretsOf({ LATTICE_DATA_DIR: daemon.place.dataDir });
  }

  /** Starts it again on its data and port, without bootstrap servers: it has its directory. */
  async startAgain(
    stopped: TestDaemon,
    env: Variables = {},
    given: Partial<Runtime> = {},
  ): Promise<TestDaemon> {
    const own = {
      LATTICE_SERVER_ID: stopped.config.serverId ?? '',
      LATTICE_PORT: String(stopped.daemon.port),
    };
    return this.run(stopped.place, { ...own, ...env }, given);
  }

  /** Stops it and starts it again. */
  async restart(daemon: TestDaemon, env: Variables = {}): Promise<TestDaemon> {
    await this.stop(daemon);
    return this.startAgain(daemon, env);
  }

  /** Daemons that all know each other: each was given the addresses of those before it. */
  async meet(...names: readonly string[]): Promise<TestDaemon[]> {
    const met: TestDaemon[] = [];
    for (const name of names) met.push(await this.newcomer(met, name));
    return met;
  }

  /** One more, which they know and which knows them. All have read its greeting and it theirs: a sign of life, if it came later. */
  async newcomer(
    met: readonly TestDaemon[],
    name: string,
    env: Variables = {},
    given: Partial<Runtime> = {},
  ): Promise<TestDaemon> {
    const bootstrap = met.map((daemon) => daemon.url).join(',');
    const greetings = met.map((daemon) => daemon.greetedBy(name));
    const newcomer = await this.start(name, { LATTICE_BOOTSTRAP_SERVERS: bootstrap, ...env }, given);
    const names = met.map(({ config }) => config.serverId!);
    await Promise.all([...greetings, ...names.map((one) => newcomer.greetedBy(one))]);
    await Promise.all(met.map((daemon) => daemon.knows(name)));
    await newcomer.knows(...names);
    return newcomer;
  }

  /** A server made by hand, listening; it does nothing by itself. */
  async stranger(name: string, host = '127.0.0.1'): Promise<Stranger> {
    const stranger = new Stranger(name, await this.keys.next(), this.clock);
    stranger.host = host;
    this.strangers.add(stranger);
    await stranger.listen();
    return stranger;
  }

  /** One that speaks `ext:1`. */
  async extendedStranger(name: string, host?: string): Promise<Stranger> {
    const stranger = await this.stranger(name, host);
    stranger.supportedVersions = ['1.0', 'ext:1'];
    return stranger;
  }

  /** A server that holds the identity of a daemon, with the key that the daemon has now: whoever stole both. */
  async impostor({ place, config, daemon }: TestDaemon): Promise<Stranger> {
    const pem = await readFile(join(place.dataDir, 'private_key.pem'), 'utf8');
    const keys = { privateKeyPem: pem, publicKeyPem: Signer.fromPrivateKey(pem).publicKeyPem };
    const impostor = new Stranger(config.serverId ?? '', keys, this.clock);
    impostor.serverUuid = daemon.identity.self.serverUuid;
    this.strangers.add(impostor);
    await impostor.listen();
    return impostor;
  }

  /** Whoever stole the identity of a server made by hand, with the key that it has now. */
  async impostorOf(victim: Stranger): Promise<Stranger> {
    const impostor = victim.double();
    this.strangers.add(impostor);
    await impostor.listen();
    return impostor;
  }

  async end(): Promise<void> {
    await Promise.all([...this.daemons].map((daemon) => this.stop(daemon)));
    await Promise.all([...this.strangers].map((stranger) => stranger.stop()));
    await Promise.all([...this.places].map((place) => place.remove()));
  }

  private async run(place: DatabasePlace, env: Variables, given: Partial<Runtime> = {}): Promise<TestDaemon> {
    const defaults = {
      LATTICE_PORT: String(await freePort()),
      LATTICE_ALLOW_ADDRESSES: '127.0.0.0/8',
      LATTICE_SCHEDULER: 'external',
      // Its DNS names are none that lead to loopback.
      LATTICE_ADMISSION: 'open',
      LATTICE_SOURCE_RATE_LIMIT: '0',
      LATTICE_DATA_DIR: place.dataDir,
      LATTICE_DATABASE_URL: place.databaseUrl ?? '',
    };
    const config = readConfig({ ...defaults, ...env }, {}, { isTerminal: false });
    const log = new MemoryLogger();
    const daemon = await startDaemon(systemRuntime(config, log, { clock: this.clock, ...given }));
    const running = new TestDaemon(daemon, config, log, place);
    this.daemons.add(running);
    if (config.scheduler === 'external') running.disarm(BY_THE_CLOCK);
    return running;
  }
}
