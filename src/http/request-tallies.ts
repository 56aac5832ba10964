import type { Durations, Tally } from '../observability/metrics/tally.js';
import type { Metrics } from '../observability/metrics/metrics.js';

/** The parser takes 35 methods; the others have no endpoint here, and would only fill the registry. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

interface Counted {
  readonly method: string;
  /** The route's pattern, never the path that was asked for; null where none fits. */
  readonly route: string | null;
  readonly status: string;
}

/** Counts requests by route and status: as many series as there are endpoints, whatever is asked for. */
export class RequestTallies {
  /** By method and route. */
  readonly #series = new Map<
    string,
    { readonly duration: Durations; readonly statuses: Map<string, Tally> }
  >();

  constructor(private readonly metrics: Metrics) {}

  count({ method: asked, route: pattern, status }: Counted, durationMs: number): void {
    const method = METHODS.has(asked) ? asked : 'other';
    const route = pattern ?? 'none';
    const key = `${method} ${route}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { duration: this.metrics.requestDuration.of({ method, route }), statuses: new Map() };
      this.#series.set(key, series);
    }
    series.duration.observe(durationMs);
    let tally = series.statuses.get(status);
    if (tally === undefined) {
      tally = this.metrics.requests.of({ method, route, status });
      series.statuses.set(status, tally);
    }
    tally.add();
  }
}
