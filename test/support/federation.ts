import type { Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/read-config.js';
import { startDaemon, systemRuntime, type Daemon } from '../../src/daemon.js';
import type { DomainEvents, EventBus, EventName } from '../../src/observability/events.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { SystemClock } from '../../src/platform/clock.js';
import type { DatabasePlace, DatabaseUnderTest } from './databases.js';

/** The time of the machine, moved by as much as the test likes; its timers run as ever. */
export class MovableClock extends SystemClock {
  offsetMs = 0;

  override now(): number {
    return super.now() + this.offsetMs;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON; undefined where it is none. */
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
}

export interface ListedPeer {
  readonly server_id: string;
  readonly is_neighbor: boolean;
  readonly trust_status: string;
}

const EVENTS: readonly EventName[] = [
  'peer.learned',
  'peer.changed',
  'peer.refused',
  'peer.revoked',
  'neighbor.added',
  'neighbor.removed',
  'round.finished',
  'identity.changed',
];

/** One daemon of a federation in this process: real HTTP, a real database, its own movable clock. */
export class TestDaemon {
  constructor(
    readonly daemon: Daemon,
    readonly config: Config,
    readonly clock: MovableClock,
    readonly log: MemoryLogger,
    readonly place: DatabasePlace,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.daemon.port}`;
  }

  get events(): EventBus {
    return this.daemon.events;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return call(this.url + path, { headers });
  }

  /** @param body JSON text, or a value to be written as such */
  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    return call(this.url + path, { method: 'POST', headers, ...(text === undefined ? {} : { body: text }) });
  }

  async peers(query = ''): Promise<ListedPeer[]> {
    return (await this.get(`/api/v1/peers${query}`)).body as ListedPeer[];
  }

  async names(): Promise<string[]> {
    return (await this.peers()).map((peer) => peer.server_id).sort();
  }

  /** Resolves when `condition` holds; looks again at every event of this daemon, never by the clock. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    for (;;) {
      const next = this.nextEvent();
      if (await condition()) return next.cancel();
      await next.arrived;
    }
  }

  once<N extends EventName>(
    name: N,
    predicate?: (payload: DomainEvents[N]) => boolean,
  ): Promise<DomainEvents[N]> {
    return this.events.once(name, predicate);
  }

  /** One gossip round, from its start to its end. */
  async round(): Promise<DomainEvents['round.finished']> {
    const finished = this.once('round.finished');
    await this.post('/api/v1/announce', { force: true });
    return finished;
  }

  private nextEvent(): { readonly arrived: Promise<void>; cancel(): void } {
    let cancel = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      const subscriptions = EVENTS.map((name) => this.events.on(name, () => cancel()));
      cancel = () => {
        for (const unsubscribe of subscriptions) unsubscribe();
        resolve();
      };
    });
    return { arrived, cancel: () => cancel() };
  }
}

/** Daemons that find each other on loopback, all on one kind of database. */
export class Federation {
  private readonly daemons = new Set<TestDaemon>();
  private readonly places = new Set<DatabasePlace>();

  constructor(private readonly under: DatabaseUnderTest) {}

  /** A new server; its tasks run only when asked for, unless LATTICE_SCHEDULER says otherwise. */
  async start(name: string, env: Record<string, string> = {}): Promise<TestDaemon> {
    const place = await this.under.create();
    this.places.add(place);
    return this.run(place, { LATTICE_SERVER_ID: name, ...env }, new MovableClock());
  }

  async stop(daemon: TestDaemon): Promise<void> {
    this.daemons.delete(daemon);
    await daemon.daemon.close();
  }

  /** Starts it again on its data and port. */
  async startAgain(stopped: TestDaemon, env: Record<string, string> = {}): Promise<TestDaemon> {
    const own = {
      LATTICE_SERVER_ID: stopped.config.serverId ?? '',
      LATTICE_PORT: String(stopped.daemon.port),
    };
    return this.run(stopped.place, { ...own, ...env }, stopped.clock);
  }

  async end(): Promise<void> {
    await Promise.all([...this.daemons].map((daemon) => this.stop(daemon)));
    await Promise.all([...this.places].map((place) => place.remove()));
  }

  private async run(
    place: DatabasePlace,
    env: Record<string, string>,
    clock: MovableClock,
  ): Promise<TestDaemon> {
    const defaults = {
      LATTICE_PORT: '0',
      LATTICE_ALLOW_ADDRESSES: '127.0.0.0/8',
      LATTICE_SCHEDULER: 'external',
      LATTICE_DATA_DIR: place.dataDir,
      LATTICE_DATABASE_URL: place.databaseUrl ?? '',
    };
    const config = readConfig({ ...defaults, ...env }, {}, { isTerminal: false });
    const log = new MemoryLogger();
    const daemon = await startDaemon(systemRuntime(config, log, { clock }));
    const running = new TestDaemon(daemon, config, clock, log, place);
    this.daemons.add(running);
    return running;
  }
}

async function call(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, body };
}
