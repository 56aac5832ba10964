import type { AdmissionsAnswer } from '../../src/admission/admission-schemas.js';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { Config } from '../../src/config/config.js';
import type { Daemon } from '../../src/daemon.js';
import { TaskRunner } from '../../src/maintenance/task-runner.js';
import type { TaskName } from '../../src/maintenance/task.js';
import type { DomainEvents, EventBus, EventName } from '../../src/observability/events.js';
import type { MemoryLogger } from '../../src/observability/memory-logger.js';
import type { Timer } from '../../src/platform/clock.js';
import type { DatabasePlace } from './databases.js';
import { recordOutput } from './suite-record.js';
import { requireAsDescribed } from './description.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as a JSON object; empty where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ListedPeer {
  readonly server_id: string;
  readonly is_neighbor: boolean;
  readonly trust_status: string;
  readonly last_seen: string;
  readonly endpoints: { readonly federation: string; readonly discovery: string };
}

export interface DetailedPeer extends ListedPeer {
  readonly role: string | null;
  readonly chosen_by: string | null;
  readonly state: string | null;
}

export interface ShownIdentity {
  readonly server_id: string;
  readonly server_uuid: string;
  readonly fingerprint: string;
  readonly created_at: string;
  readonly revoked_at?: string;
}

const EVENTS: readonly EventName[] = [
  'peer.learned',
  'peer.introduced',
  'peer.changed',
  'peer.refused',
  'peer.revoked',
  'record.changed',
  'newcomer.pending',
  'newcomer.refused',
  'neighbor.added',
  'neighbor.removed',
  'round.finished',
  'identity.changed',
];

/** One daemon of a federation in this process: real HTTP and a real database. */
export class TestDaemon {
  constructor(
    readonly daemon: Daemon,
    readonly config: Config,
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
    return this.request('POST', path, body, headers);
  }

  async identity(): Promise<ShownIdentity> {
    return (await this.get('/api/v1/identity')).body as unknown as ShownIdentity;
  }

  async peers(query = ''): Promise<ListedPeer[]> {
    return (await this.get(`/api/v1/peers${query}`)).body as unknown as ListedPeer[];
  }

  async names(): Promise<string[]> {
    return (await this.peers()).map((peer) => peer.server_id).sort();
  }

  async neighbors(): Promise<string[]> {
    const neighbors = (await this.peers()).filter((peer) => peer.is_neighbor);
    return neighbors.map((peer) => peer.server_id).sort();
  }

  /** What each neighbour is for, and who asked whom. */
  async links(): Promise<Record<string, string>> {
    const listed = (await this.peers('?detail=true')) as DetailedPeer[];
    const neighbors = listed.filter((peer) => peer.is_neighbor);
    return Object.fromEntries(
      neighbors.map(({ server_id: name, role, chosen_by: by }) => [name, `${role} of ${by}`]),
    );
  }

  async route(domain: string): Promise<Answer['body']> {
    return (await this.post(`/api/v1/route/${domain}`)).body;
  }

  /** What `npx lattice admissions` shows. */
  async admissions(): Promise<AdmissionsAnswer> {
    return (await this.get('/api/v1/admissions')).body as unknown as AdmissionsAnswer;
  }

  /** Has it sent to another server as it is now, as a gossip round would. */
  async announceTo(other: TestDaemon): Promise<Answer> {
    const { text } = await this.daemon.identity.announcement();
    const envelope = {
      message_type: 'announcement',
      from_server: 'anybody',
      timestamp: '2026-01-01T00:00:00Z',
    };
    return other.post('/api/v1/gossip/receive', { ...envelope, payload: JSON.parse(text) as unknown });
  }

  async trust(serverId: string, trust: string): Promise<Answer> {
    return this.request('PUT', `/api/v1/peers/${serverId}/trust`, { trust });
  }

  /** Resolves when `condition` holds; looks again at every event of this daemon, never by the clock. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    for (;;) {
      const next = this.nextEvent();
      if (await condition()) return next.cancel();
      await next.arrived;
    }
  }

  /** Resolves when all of these are neighbours. */
  async knows(...names: readonly string[]): Promise<void> {
    await this.until(async () => {
      const neighbors = await this.neighbors();
      return names.every((name) => neighbors.includes(name));
    });
  }

  /** Resolves when it takes what a new neighbour says last: whom that one knows. */
  async greetedBy(name: string): Promise<void> {
    await this.once('peer.heard', ({ kind, serverId }) => kind === 'peer_exchange' && serverId === name);
  }

  once<N extends EventName>(
    name: N,
    predicate?: (payload: DomainEvents[N]) => boolean,
  ): Promise<DomainEvents[N]> {
    return this.events.once(name, predicate);
  }

  /** Runs a task of the table from start to end, after the run that may be under way. */
  async task(name: TaskName): Promise<unknown> {
    const runner = this.daemon.app.get(TaskRunner, { strict: false });
    await runner.idle();
    return runner.run(name);
  }

  /** These have no turn of their own any more. */
  disarm(names: readonly TaskName[]): void {
    const registry = this.daemon.app.get(SchedulerRegistry, { strict: false });
    for (const name of names) {
      if (!registry.doesExist('timeout', name)) continue;
      registry.getTimeout<Timer>(name).cancel();
      registry.deleteTimeout(name);
    }
  }

  /** What was logged under this message. */
  logged(message: string): MemoryLogger['entries'] {
    return this.log.entries.filter((entry) => entry.message === message);
  }

  request(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    return call(this.url + path, { method, headers, ...(text === undefined ? {} : { body: text }) });
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

/** As a sentence of a test would say it: `200`, or `409 name_taken`. */
export function outcome({ status, body }: Answer): string {
  return typeof body.code === 'string' ? `${status} ${body.code}` : String(status);
}

/** Whatever a test asks, the answer has to be one that `/docs` describes. */
async function call(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  recordOutput(text);
  const contentType = response.headers.get('content-type') ?? '';
  requireAsDescribed(init.method ?? 'GET', new URL(url).pathname, {
    status: response.status,
    contentType,
    text,
  });
  let body: Answer['body'] = {};
  try {
    body = JSON.parse(text) as Answer['body'];
  } catch {
    // No JSON.
  }
  return { status: response.status, headers: response.headers, text, body };
}
