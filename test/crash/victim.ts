import { onTestFinished } from 'vitest';
import type { DatabasePlace, DatabaseUnderTest } from '../support/databases.js';
import { freePort } from '../support/free-port.js';
import { startDaemonProcess, type Process, type Running, type Variables } from '../support/processes.js';

/** A daemon as a process of its own that is killed and started again, on the same data and port. */
export class Victim {
  private current: Process | null = null;

  private constructor(
    private readonly place: DatabasePlace,
    private readonly variables: Variables,
    private readonly port: number,
  ) {}

  /** Its data are removed when the test ends. */
  static async create(under: DatabaseUnderTest, variables: Variables): Promise<Victim> {
    const place = await under.create();
    onTestFinished(place.remove);
    return new Victim(place, variables, await freePort());
  }

  get dataDir(): string {
    return this.place.dataDir;
  }

  get databaseUrl(): string | null {
    return this.place.databaseUrl;
  }

  get process(): Process {
    if (this.current === null) throw new Error('it was not started yet');
    return this.current;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<Running> {
    const { dataDir, databaseUrl, port } = this;
    const where = {
      LATTICE_PORT: String(port),
      ...(databaseUrl === null ? {} : { LATTICE_DATABASE_URL: databaseUrl }),
    };
    this.current = startDaemonProcess(dataDir, { ...this.variables, ...where });
    return this.current.running();
  }

  /** At this very moment; not to be called again before the next start. */
  readonly kill = (): void => this.process.signal('SIGKILL');

  async get(path: string): Promise<unknown> {
    return (await fetch(this.url + path)).json();
  }

  async post(path: string, body: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(this.url + path, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async peers(): Promise<string[]> {
    return ((await this.get('/api/v1/peers')) as { server_id: string }[]).map((peer) => peer.server_id);
  }
}
