// What a process counts and measures, in memory. How it is told to those who ask is registry.ts's.

/** A figure under its labels, as prom-client writes it. */
export interface Figure {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it has another name than its metric. */
  readonly metricName?: string;
}

/** As prom-client's registry takes it. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labelNames: readonly string[];
  get(): Promise<Pick<Metric, "name" | "help" | "type"> & { readonly values: readonly Figure[] }>;
}

type Labels<L extends string> = Partial<Readonly<Record<L, string | number>>>;

export interface InstrumentOptions<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly L[];
}

/** One `T` for all values of the labels that were met; without labels there is one from the start. */
abstract class Instrument<L extends string, T> implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type: Metric["type"];
  readonly labelNames: readonly L[];
  readonly #kept = new Map<string, { readonly labels: Figure["labels"]; readonly of: T }>();

  constructor(type: Metric["type"], { name, help, labelNames = [] }: InstrumentOptions<L>) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.labelNames = labelNames;
  }

  protected abstract create(): T;
  protected abstract figures(labels: Figure["labels"], of: T): readonly Figure[];

  protected of(labels: Labels<L>): T {
    const names = this.labelNames;
    const key = names.length === 1 ? `${labels[names[0] as L]}` : JSON.stringify(names.map((name) => labels[name]));
    let found = this.#kept.get(key);
    if (found === undefined) {
      found = { labels: { ...labels } as Figure["labels"], of: this.create() };
      this.#kept.set(key, found);
    }
    return found.of;
  }

  /** The one of these values of the labels, in the order of their names. */
  labels(...values: (string | number)[]): T {
    return this.of(Object.fromEntries(this.labelNames.map((name, i) => [name, values[i]])) as Labels<L>);
  }

  async get(): ReturnType<Metric["get"]> {
    if (this.labelNames.length === 0) this.of({});
    const values = [...this.#kept.values()].flatMap(({ labels, of }) => this.figures(labels, of));
    return { name: this.name, help: this.help, type: this.type, values };
  }
}

class Level {
  value = 0;
  inc(by = 1): void {
    this.value += by;
  }
}

export class Counter<L extends string = never> extends Instrument<L, Level> {
  constructor(options: InstrumentOptions<L>) {
    super("counter", options);
  }

  inc(labels: Labels<L>, by = 1): void {
    this.of(labels).inc(by);
  }

  protected create = () => new Level();
  protected figures = (labels: Figure["labels"], { value }: Level) => [{ labels, value }];
}

export class Gauge<L extends string = never> extends Instrument<L, Level> {
  constructor(options: InstrumentOptions<L>) {
    super("gauge", options);
  }

  set(labels: Labels<L>, value: number): void {
    this.of(labels).value = value;
  }

  protected create = () => new Level();
  protected figures = (labels: Figure["labels"], { value }: Level) => [{ labels, value }];
}

class Distribution {
  readonly #bounds: readonly number[];
  /** How many values were at most each bound and above the one before; last those above all. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let i = 0;
    while (i < this.#bounds.length && value > (this.#bounds[i] as number)) i++;
    this.counts[i] = (this.counts[i] as number) + 1;
    this.sum += value;
  }
}

export class Histogram<L extends string = never> extends Instrument<L, Distribution> {
  readonly #bounds: readonly number[];

  /** @param options with the upper bounds of the buckets in ascending order. */
  constructor(options: InstrumentOptions<L> & { readonly buckets: readonly number[] }) {
    super("histogram", options);
    this.#bounds = options.buckets;
  }

  observe(labels: Labels<L>, value: number): void {
    this.of(labels).observe(value);
  }

  protected create = () => new Distribution(this.#bounds);
  protected figures = (labels: Figure["labels"], { counts, sum }: Distribution): Figure[] => {
    let count = 0;
    const buckets = counts.map((own, i): Figure => {
      count += own;
      const le = this.#bounds[i] ?? "+Inf";
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count };
    });
    const named = (what: string, value: number) => ({ metricName: `${this.name}_${what}`, labels, value });
    return [...buckets, named("sum", sum), named("count", count)];
  };
}
