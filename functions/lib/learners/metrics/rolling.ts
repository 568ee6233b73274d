// Any metric over the last scores alone. The window is a ring of what the metric keeps of each score; in the state it is the
// base64 of its float64s, oldest first.

import { decode, encode } from "../float64s.ts";
import type { State } from "../learner.ts";
import type { MetricWindow, Scoring } from "./metric.ts";

interface RollingState extends State {
  readonly window: string;
}

/** @param over scores in the window. */
export function rolling(kept: MetricWindow, over: number): Omit<Scoring, "window"> {
  return {
    init: () => ({ schema: 1, window: "" }) as State,
    open(state) {
      const { window } = state as RollingState;
      let decoded: Ring | undefined;
      // Not before it is needed: who only predicts opens every new state, and reads no scores.
      const ring = () => {
        decoded ??= new Ring(kept.width, over, decode(window));
        return decoded;
      };
      return {
        update(y, prediction) {
          ring().push((to, at) => kept.keep(y, prediction, to, at));
        },
        get: () => kept.value(ring().scores()),
        close: () => ({ schema: 1, window: decoded === undefined ? window : encode(decoded.scores()) }) as State,
      };
    },
  };
}

class Ring {
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
