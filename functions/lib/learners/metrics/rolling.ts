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
      const ring = new Float64Array(2 * over);
      const kept = decode((state as RollingState).window);
      ring.set(kept);
      let size = kept.length;
      let next = size % ring.length;
      const pairs = () => {
        const ordered = new Float64Array(size);
        const oldest = size < ring.length ? 0 : next;
        ordered.set(ring.subarray(oldest, size));
        ordered.set(ring.subarray(0, oldest), size - oldest);
        return ordered;
      };
      return {
        update(y, prediction) {
          if (typeof prediction !== "number" || typeof y !== "number") return;
          if (!Number.isFinite((y - prediction) ** 2 * over)) return;
          ring[next] = y;
          ring[next + 1] = prediction;
          next = (next + 2) % ring.length;
          size = Math.min(size + 2, ring.length);
        },
        get: () => type.overWindow(pairs()),
        close: () => ({ schema: 1, window: encode(pairs()) }) as State,
      };
    },
  };
}

function encode(numbers: Float64Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");
}

function decode(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
