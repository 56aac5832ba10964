import type { Metric, Registry } from 'prom-client';

/** A number that only grows. */
export interface Tally {
  add(amount?: number): void;
}

/** How often something took how long. */
export interface Durations {
  observe(milliseconds: number): void;
}

interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/** What a registry of prom-client asks of a metric. */
interface Collected {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly aggregator: 'sum';
  readonly values: readonly Sample[];
}

export interface Description<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
}

export type LabelValues<L extends string> = Readonly<Record<L, string>>;

/**
 * One metric with a series for each combination of labels that occurs. prom-client's own counters look their series up anew
 * by a text made of all labels, twenty times as dear as counting itself (ADR 28); here a caller keeps the series. What is
 * counted is written by prom-client's registry like everything else.
 */
abstract class Family<L extends string, S> {
  private readonly series = new Map<string, { readonly labels: LabelValues<L>; readonly series: S }>();

  constructor(
    protected readonly description: Description<L>,
    registry: Registry,
  ) {
    registry.registerMetric(this as unknown as Metric);
  }

  get name(): string {
    return this.description.name;
  }

  get labelNames(): readonly L[] {
    return this.description.labels;
  }

  /** Always the same one for the same labels, at 0 when it is first asked for. */
  of(labels: LabelValues<L>): S {
    const key = this.description.labels.map((name) => labels[name]).join('\n');
    const known = this.series.get(key);
    if (known !== undefined) return known.series;
    const series = this.create();
    this.series.set(key, { labels, series });
    return series;
  }

  get(): Promise<Collected> {
    const { name, help } = this.description;
    const values = [...this.series.values()].flatMap(({ labels, series }) => this.samples(labels, series));
    return Promise.resolve({ name, help, type: this.type, aggregator: 'sum', values });
  }

  protected abstract readonly type: Collected['type'];
  protected abstract create(): S;
  protected abstract samples(labels: LabelValues<L>, series: S): Sample[];
}

class Count implements Tally {
  value = 0;

  add(amount = 1): void {
    this.value += amount;
  }
}

export class CounterFamily<L extends string> extends Family<L, Tally> {
  protected readonly type = 'counter';

  /** What somebody else has counted so far. */
  reading(labels: LabelValues<L>, total: number): void {
    (this.of(labels) as Count).value = total;
  }

  protected create(): Tally {
    return new Count();
  }

  protected samples(labels: LabelValues<L>, series: Tally): Sample[] {
    return [{ labels, value: (series as Count).value }];
  }
}

/** Counts by upper bound, each observation in the first bucket that holds it. */
class Buckets implements Durations {
  readonly counts: Float64Array;
  sum = 0;

  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(milliseconds: number): void {
    const seconds = milliseconds / 1000;
    let bucket = 0;
    while (bucket < this.bounds.length && seconds > this.bounds[bucket]!) bucket += 1;
    this.counts[bucket]! += 1;
    this.sum += seconds;
  }
}

export class DurationFamily<L extends string> extends Family<L, Durations> {
  protected readonly type = 'histogram';

  /** @param bounds upper bounds of the buckets, in seconds, rising */
  constructor(
    description: Description<L>,
    private readonly bounds: readonly number[],
    registry: Registry,
  ) {
    super(description, registry);
  }

  protected create(): Durations {
    return new Buckets(this.bounds);
  }

  protected samples(labels: LabelValues<L>, series: Durations): Sample[] {
    const { counts, sum } = series as Buckets;
    const { name } = this.description;
    let count = 0;
    const buckets = [...this.bounds, '+Inf'].map((le, bucket) => {
      count += counts[bucket]!;
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
