// Any metric over the last scores alone. The window is a ring of what the metric keeps of each score; in the state it is the
// base64 of its float64s, oldest first.

import { decode, encode } from "../float64s.ts";
import type { State } from "../learner.ts";
import { at, type Check, checkFloat64s, list, membersOf, type StateForm, unsound } from "../state-form.ts";
import type { MetricWindow, OpenMetric, Scoring } from "./metric.ts";

interface RollingState extends State {
  readonly window: string;
  /** What numbers of the window stand for, where the metric shows that. */
  readonly names?: readonly (readonly [number, string])[];
}

/** @param over scores in the window. */
export function rolling(kept: MetricWindow, over: number): Omit<Scoring, "window"> {
  return {
    form: formOf(kept, over),
    init: () => ({ schema: 1, window: "", ...(kept.shown && { names: [] }) }) as State,
    open: (state) => openRolling(state as RollingState, kept, over),
  };
}

const named: Check = (value) => {
  const isNamed = Array.isArray(value) && typeof value[0] === "number" && typeof value[1] === "string";
  if (!isNamed) throw unsound("", "must be a number and its name");
};

function formOf(kept: MetricWindow, over: number): StateForm {
  return {
    schema: 1,
    check(state) {
      const { window, names } = membersOf(state);
      at("window", () => checkScores(window, kept, over));
      if (kept.shown === undefined) return;
      at("names", () => list(named)(names));
      const known = new Map(names as RollingState["names"]);
      const nameless = decode(window as string).find((score) => !known.has(score));
      if (nameless !== undefined) throw unsound("names", `has no name for ${nameless}`);
    },
  };
}

export const isNumber = (score: number) => !Number.isNaN(score);

/** The base64 of a window, with as many scores. @throws UnsoundStateError */
export function checkScores(
  window: unknown,
  { width, allows = isNumber }: Pick<MetricWindow, "width" | "allows">,
  over = Number.POSITIVE_INFINITY,
): void {
  const length = checkFloat64s(window, allows);
  if (length % width === 0 && length <= width * over) return;
  const most = over === Number.POSITIVE_INFINITY ? "" : `, ${over} at most`;
  throw unsound("", `has ${length} numbers, and takes ${width} for each score${most}`);
}

function openRolling(state: RollingState, kept: MetricWindow, over: number): OpenMetric {
  const { shown } = kept;
  const names = new Map(state.names);
  let decoded: Ring | undefined;
  // Not before it is needed: who only predicts opens every new state, and reads no scores.
  const ring = () => {
    decoded ??= new Ring(kept.width, over, decode(state.window));
    return decoded;
  };
  /** Of the names only those that are in the window, in its order. */
  const inWindow = (scores: Float64Array) =>
    [...new Set(scores)].flatMap((number) => {
      const name = names.get(number);
      return name === undefined ? [] : [[number, name] as const];
    });

  return {
    update(y, prediction) {
      ring().push((to, at) => kept.keep(y, prediction, to, at));
      for (const [number, name] of shown?.names(y, prediction) ?? []) names.set(number, name);
      if (names.size <= 2 * kept.width * over) return;
      const last = inWindow(ring().scores());
      names.clear();
      for (const [number, name] of last) names.set(number, name);
    },
    get: () => kept.value(ring().scores()),
    ...(shown && { matrix: () => shown.matrix(ring().scores(), names) }),
    close() {
      if (decoded === undefined) return { ...state };
      const scores = decoded.scores();
      return { schema: 1, window: encode(scores), ...(shown && { names: inWindow(scores) }) } as State;
    },
  };
}

/** The last scores, in a ring of the numbers that are kept of each. */
export class Ring {
  readonly #width: number;
  readonly #numbers: Float64Array;
  #size: number;
  #next: number;

  constructor(width: number, scores: number, kept: Float64Array) {
    this.#width = width;
    this.#numbers = new Float64Array(width * scores);
    this.#numbers.set(kept);
    this.#size = kept.length;
    this.#next = kept.length % this.#numbers.length;
  }

  /** What `keep` has written from `at` on, where it says that it has. */
  push(keep: (to: Float64Array, at: number) => boolean): void {
    if (!keep(this.#numbers, this.#next)) return;
    this.#next = (this.#next + this.#width) % this.#numbers.length;
    this.#size = Math.min(this.#size + this.#width, this.#numbers.length);
  }

  /** Oldest first. */
  scores(): Float64Array {
    const ordered = new Float64Array(this.#size);
    const oldest = this.#size < this.#numbers.length ? 0 : this.#next;
    ordered.set(this.#numbers.subarray(oldest, this.#size));
    ordered.set(this.#numbers.subarray(0, oldest), this.#size - oldest);
    return ordered;
  }
}
