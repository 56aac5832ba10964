import { Gauge, Registry } from 'prom-client';
import { CounterFamily, DurationFamily, type Description } from './tally.js';

/** Upper bounds in seconds. A request takes a millisecond; the longest that a client waits for is a chain of calls to others. */
const REQUEST_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** A signature takes 50 microseconds; more is waiting for a thread. */
const VERIFICATION_BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];
/** A clean-up of a full directory takes minutes. */
const TASK_BOUNDS = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300];
const LAG_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const COLLECTION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];

/**
 * Everything that is measured, in a registry of this daemon's own: many daemons may run in one process. docs/monitoring
 * explains each to the operator. A label's values come from our own code (routes, codes of errors, names of tasks), never
 * from a stranger; so the number of series is bounded.
 */
export class Metrics {
  readonly registry = new Registry();

  /** @param version of this release */
  constructor(readonly version: string) {}

  readonly requests = this.counter('http_requests_total', 'Requests that were answered.', [
    'method',
    'route',
    'status',
  ]);
  readonly requestDuration = this.durations(
    'http_request_duration_seconds',
    'Time from the headers of a request to its whole answer.',
    REQUEST_BOUNDS,
    ['method', 'route'],
  );
  readonly unreadable = this.counter(
    'http_unreadable_requests_total',
    'What arrived and never became a request.',
    ['reason'],
  );
  readonly limited = this.counter('rate_limited_total', 'Charges refused by a rate limit.', ['limit']);

  readonly gossipReceived = this.counter(
    'gossip_received_total',
    'Gossip messages received, by what became of them.',
    ['kind', 'outcome'],
  );
  readonly gossipSent = this.counter('gossip_sent_total', 'Gossip messages sent, by what became of them.', [
    'kind',
    'outcome',
  ]);
  readonly rounds = this.counter('gossip_rounds_total', 'Gossip rounds finished.', []);
  readonly roundNeighbors = this.counter(
    'gossip_round_neighbors_total',
    'Neighbours called in gossip rounds, by whether they took all of it.',
    ['outcome'],
  );
  readonly lastRound = this.gauge(
    'gossip_last_round_timestamp_seconds',
    'When the last gossip round ended; 0 before the first.',
  );
  readonly newcomers = this.counter('newcomers_total', 'Servers new here, admitted or refused and why.', [
    'outcome',
  ]);
  readonly verification = this.durations(
    'signature_verification_seconds',
    'Time to verify one signature, the wait for a thread included.',
    VERIFICATION_BOUNDS,
    ['result'],
  );

  readonly peers = this.gauge('peers', 'Servers in the directory.', ['trust', 'seen', 'proven']);
  readonly neighbors = this.gauge('neighbors', 'Servers that we gossip with.');
  readonly neighborRoles = this.gauge(
    'neighbors_by_role',
    'Neighbours by what they are for, and by which side asked the other.',
    ['role', 'chosen_by'],
  );
  readonly watched = this.gauge(
    'neighbors_watched',
    'Neighbours that speak ext:1, by how they look from here.',
    ['state'],
  );
  readonly probes = this.counter('probes_total', 'Probes of neighbours, by who could reach them.', [
    'outcome',
  ]);
  readonly saturation = this.gauge('saturation_ratio', 'How well connected this server is, 0 to 1.');
  readonly bootstrapMissing = this.gauge(
    'bootstrap_servers_missing',
    'Configured bootstrap servers that have not answered, or not taken our announcement.',
  );

  readonly taskRuns = this.counter('task_runs_total', 'Runs of a task, by how they ended.', [
    'task',
    'outcome',
  ]);
  readonly taskDuration = this.durations('task_duration_seconds', 'Time of one run of a task.', TASK_BOUNDS, [
    'task',
  ]);
  readonly taskSuccess = this.gauge(
    'task_last_success_timestamp_seconds',
    'When a task last ended well; 0 where it has not since the start.',
    ['task'],
  );
  readonly taskFailing = this.gauge('task_failing', 'Whether the last run of a task failed.', ['task']);

  readonly outbound = this.counter(
    'outbound_requests_total',
    'Calls to other servers, by what came of them.',
    ['outcome'],
  );
  readonly outboundDuration = this.durations(
    'outbound_request_duration_seconds',
    'Time of a call to another server.',
    REQUEST_BOUNDS,
    [],
  );

  readonly databaseUp = this.gauge('database_up', 'Whether the database answered this scrape.');
  readonly databaseConnections = this.gauge(
    'database_connections',
    'Connections of the pool, by what they do.',
    ['state'],
  );
  readonly databaseWaiting = this.gauge(
    'database_waiting',
    'Statements and transactions that wait for a connection.',
  );
  readonly databaseErrors = this.counter(
    'database_errors_total',
    'Work in the database that failed, and why.',
    ['reason'],
  );

  readonly degraded = this.gauge('degraded', 'Whether /health names this reason.', ['reason']);
  readonly info = this.gauge('info', 'What runs here; always 1.', [
    'version',
    'server_id',
    'database',
    'node',
  ]);

  readonly startTime = this.gauge('process_start_time_seconds', 'When the process started.');
  readonly residentMemory = this.gauge('process_resident_memory_bytes', 'Memory of the process.');
  readonly memory = this.gauge('process_memory_bytes', 'Memory of the runtime, by what it holds.', ['kind']);
  readonly cpu = this.counter('process_cpu_seconds_total', 'Processor time used, all threads.', ['mode']);
  readonly openFiles = this.gauge('process_open_fds', 'Open files and sockets.');
  readonly maxOpenFiles = this.gauge('process_max_fds', 'Files and sockets that may be open.');
  readonly lag = this.durations(
    'event_loop_lag_seconds',
    'How much later than asked for a timer came, sampled ten times a second.',
    LAG_BOUNDS,
    [],
  );
  readonly collections = this.durations(
    'garbage_collection_seconds',
    'Time of one garbage collection.',
    COLLECTION_BOUNDS,
    ['kind'],
  );

  private counter<const L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
  ): CounterFamily<L> {
    return new CounterFamily(described(name, help, labels), this.registry);
  }

  private durations<const L extends string>(
    name: string,
    help: string,
    bounds: readonly number[],
    labels: readonly L[],
  ): DurationFamily<L> {
    return new DurationFamily(described(name, help, labels), bounds, this.registry);
  }

  private gauge<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
  ): Gauge<L> {
    return new Gauge({ name: `lattice_${name}`, help, labelNames: labels, registers: [this.registry] });
  }
}

function described<L extends string>(name: string, help: string, labels: readonly L[]): Description<L> {
  return { name: `lattice_${name}`, help, labels };
}
