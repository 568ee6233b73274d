// Any metric over the last scores alone. The window is a ring of pairs (truth, prediction); in the state it is the base64
// of its float64s, oldest first, little-endian: a state is written with every commit, and decimal digits would double it.

import type { State } from "../learner.ts";
import type { Metric, MetricType } from "./metric.ts";

interface RollingState extends State {
  readonly window: string;
}

/** @param over scores in the window. */
export function rolling(type: MetricType, over: number): Metric {
  return {
    name: `${type.name}_rolling_${over}`,
    init: () => ({ schema: 1, window: "" }) as State,
    open(state) {
      const { window } = state as RollingState;
      let decoded: Ring | undefined;
      // Not before it is needed: who only predicts opens every new state, and reads no scores.
      const ring = () => {
        decoded ??= new Ring(over, decode(window));
        return decoded;
      };
      return {
        update(y, prediction) {
          if (typeof prediction !== "number" || typeof y !== "number") return;
          if (Number.isFinite((y - prediction) ** 2 * over)) ring().push(y, prediction);
        },
        get: () => type.overWindow(ring().pairs()),
        close: () => ({ schema: 1, window: decoded === undefined ? window : encode(decoded.pairs()) }) as State,
      };
    },
  };
}

class Ring {
  readonly #numbers: Float64Array;
  #size: number;
  #next: number;

  constructor(pairs: number, kept: Float64Array) {
    this.#numbers = new Float64Array(2 * pairs);
    this.#numbers.set(kept);
    this.#size = kept.length;
    this.#next = kept.length % this.#numbers.length;
  }

  push(y: number, prediction: number): void {
    this.#numbers[this.#next] = y;
    this.#numbers[this.#next + 1] = prediction;
    this.#next = (this.#next + 2) % this.#numbers.length;
    this.#size = Math.min(this.#size + 2, this.#numbers.length);
  }

  /** Oldest first. */
  pairs(): Float64Array {
    const ordered = new Float64Array(this.#size);
    const oldest = this.#size < this.#numbers.length ? 0 : this.#next;
    ordered.set(this.#numbers.subarray(oldest, this.#size));
    ordered.set(this.#numbers.subarray(0, oldest), this.#size - oldest);
    return ordered;
  }
}

function encode(numbers: Float64Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");
}

function decode(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
