// River's drift.ADWIN (rust_src/adwin.rs): Bifet, Gavalda 2007, "Learning from time-changing data with adaptive windowing".
//
// The window is kept as buckets: row i has at most maxBuckets of 2^i values each, oldest first; of one more the two oldest
// become one bucket of the next row. Every `clock` values each cut between buckets is tried, the oldest first:
//   |mean before - mean after| > sqrt(2 m (variance / width) d) + (2/3) m d,
//   d = ln(2 ln(width) / delta), m = 1 / (n0 - minWindowLength + 1) + 1 / (n1 - minWindowLength + 1)
// Where that is so, the oldest bucket goes and all cuts are tried anew. The order of operations is River's, to the last digit.
// Its state grows by 2 maxBuckets numbers each time that the window doubles.

import { NonFiniteError, type State } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import {
  checkLengths,
  count,
  flag,
  list,
  number,
  numberFromZero,
  numbers,
  object,
  placeIn,
  type StateForm,
  unsound,
} from "../state-form.ts";
import type { Detector, DetectorType, OpenDetector } from "./detector.ts";

/** Buckets of one size, oldest first: the sum of the values of each, and their sum of squared distances to the mean. */
interface Row {
  readonly totals: readonly number[];
  readonly variances: readonly number[];
}

export interface AdwinState extends State {
  readonly width: number;
  readonly total: number;
  /** Sum of the squared distances to the mean of the window. */
  readonly variance: number;
  /** Values since cuts were last tried. */
  readonly tick: number;
  readonly rows: readonly Row[];
  readonly detected: boolean;
}

interface Options {
  readonly delta: number;
  readonly clock: number;
  readonly maxBuckets: number;
  readonly minWindowLength: number;
  readonly gracePeriod: number;
}

const many = { type: "integer", minimum: 1 };

const OPTIONS = {
  delta: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.002,
    description: "Chance of a false alarm: the smaller, the rarer.",
  },
  clock: { ...many, default: 32, description: "A change is looked for each time that so many values have come." },
  maxBuckets: {
    ...many,
    maximum: 1000,
    default: 5,
    description: "Buckets of each size; more make cuts finer and the state larger.",
  },
  minWindowLength: { ...many, default: 5, description: "The fewest values on either side of a cut." },
  gracePeriod: { ...many, minimum: 0, default: 10, description: "No change is looked for before more values." },
};

/** An ADWIN, with what others make of its window. */
export interface AdwinDetector extends Detector<AdwinState> {
  open(state: AdwinState): OpenAdwin;
}

export function createAdwin(given: Readonly<Record<string, unknown>> = {}): AdwinDetector {
  const options = withDefaults(OPTIONS, given) as unknown as Options;
  return {
    form: formOf(options),
    init: () => new OpenAdwin(options).close(),
    open: (state) => new OpenAdwin(options, state),
  };
}

export const adwin: DetectorType = {
  name: "adwin",
  follows: "numbers",
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create: createAdwin,
};

function formOf({ clock, maxBuckets }: Options): StateForm {
  const row = object<Row>({ totals: numbers, variances: list(numberFromZero) }, ({ totals, variances }) => {
    checkLengths(totals, { variances });
    if (totals.length > maxBuckets) throw unsound("totals", `has more than ${maxBuckets} buckets`);
  });
  return {
    schema: 1,
    check: object<AdwinState>(
      { width: count, total: number, variance: number, tick: placeIn(clock), rows: list(row), detected: flag },
      ({ width, rows }) => {
        const inRows = rows.reduce((sum, { totals }, i) => sum + totals.length * 2 ** i, 0);
        if (inRows !== width) throw unsound("width", `is ${width}, and its rows have ${inRows} values`);
      },
    ),
  };
}

/** With the names of its members about so many. */
const NUMBERS_BESIDE_ROWS = 8;

type OpenRow = { totals: number[]; variances: number[] };

export class OpenAdwin implements OpenDetector<AdwinState> {
  readonly #options: Options;
  #width = 0;
  #total = 0;
  #variance = 0;
  #tick = 0;
  #rows: OpenRow[] = [];
  #detected = false;
  isRise = false;
  readonly isWarning = false;

  constructor(options: Options, state?: AdwinState) {
    this.#options = options;
    if (state === undefined) return;
    this.#width = state.width;
    this.#total = state.total;
    this.#variance = state.variance;
    this.#tick = state.tick;
    this.#rows = copyOf(state.rows);
    this.#detected = state.detected;
  }

  /** Values in its window. */
  get width(): number {
    return this.#width;
  }

  /** Of the values in its window; 0 where there is none. */
  get mean(): number {
    return this.#width === 0 ? 0 : this.#total / this.#width;
  }

  /** Numbers of the state that it takes. */
  get numbers(): number {
    let numbers = NUMBERS_BESIDE_ROWS;
    for (const { totals } of this.#rows) numbers += 2 * totals.length;
    return numbers;
  }

  update(value: number): boolean {
    if (this.#detected) this.#startAfresh();
    this.#insert(value);
    this.#tick++;
    if (this.#tick >= this.#options.clock) {
      this.#tick = 0;
      const before = this.#total / this.#width;
      if (this.#width > this.#options.gracePeriod) this.#detected = this.#shrink();
      this.isRise = this.#total / this.#width > before;
    }
    if (!Number.isFinite(this.#total) || !Number.isFinite(this.#variance))
      throw new NonFiniteError("the window of adwin");
    return this.#detected;
  }

  close(): AdwinState {
    return {
      schema: 1,
      width: this.#width,
      total: this.#total,
      variance: this.#variance,
      tick: this.#tick,
      rows: copyOf(this.#rows),
      detected: this.#detected,
    };
  }

  #startAfresh(): void {
    this.#width = 0;
    this.#total = 0;
    this.#variance = 0;
    this.#tick = 0;
    this.#rows = [];
    this.#detected = false;
  }

  #insert(value: number): void {
    this.#width++;
    if (this.#width > 1) {
      const distance = value - this.#total / (this.#width - 1);
      this.#variance += ((this.#width - 1) * distance * distance) / this.#width;
    }
    this.#total += value;
    this.#add(0, value, 0);
  }

  /** Adds a bucket to a row; of too many, the two oldest become one of the next row. */
  #add(index: number, total: number, variance: number): void {
    this.#rows[index] ??= { totals: [], variances: [] };
    const { totals, variances } = this.#rows[index];
    totals.push(total);
    variances.push(variance);
    if (totals.length <= this.#options.maxBuckets) return;
    const size = 2 ** index;
    const [t0, t1] = [totals.shift() as number, totals.shift() as number];
    const [v0, v1] = [variances.shift() as number, variances.shift() as number];
    const distance = t0 / size - t1 / size;
    const merged = v0 + v1 + size * 0.5 * distance * distance;
    if (!Number.isFinite(merged)) throw new NonFiniteError("a bucket of adwin");
    this.#add(index + 1, t0 + t1, merged);
  }

  /** Drops the oldest buckets for as long as a cut shows a change. False where none does. */
  #shrink(): boolean {
    let hasShrunk = false;
    while (this.#isChanged()) {
      this.#dropOldest();
      hasShrunk = true;
    }
    return hasShrunk;
  }

  #isChanged(): boolean {
    const { minWindowLength: least, delta } = this.#options;
    const spread = Math.log((2 * Math.log(this.#width)) / delta);
    let n0 = 0;
    let n1 = this.#width;
    let u0 = 0;
    let u1 = this.#total;
    for (let index = this.#rows.length - 1; index >= 0; index--) {
      const size = 2 ** index;
      const { totals } = this.#rows[index] as OpenRow;
      // A cut behind the last bucket of all would leave nothing after it.
      const cuts = index === 0 ? totals.length - 1 : totals.length;
      for (let k = 0; k < cuts; k++) {
        n0 += size;
        n1 -= size;
        u0 += totals[k] as number;
        u1 -= totals[k] as number;
        if (n0 < least || n1 < least) continue;
        const m = 1 / (n0 - least + 1) + 1 / (n1 - least + 1);
        const bound = Math.sqrt(2 * m * (this.#variance / this.#width) * spread) + (2 / 3) * spread * m;
        if (Math.abs(u0 / n0 - u1 / n1) > bound) return true;
      }
    }
    return false;
  }

  #dropOldest(): void {
    const { totals, variances } = this.#rows.at(-1) as OpenRow;
    const size = 2 ** (this.#rows.length - 1);
    const total = totals.shift() as number;
    const variance = variances.shift() as number;
    this.#width -= size;
    this.#total -= total;
    const distance = total / size - this.#total / this.#width;
    this.#variance -= variance + (size * this.#width * distance * distance) / (size + this.#width);
    while (this.#rows.at(-1)?.totals.length === 0) this.#rows.pop();
  }
}

function copyOf(rows: readonly Row[]): OpenRow[] {
  return rows.map(({ totals, variances }) => ({ totals: [...totals], variances: [...variances] }));
}
