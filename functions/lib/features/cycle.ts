// `as: hour-of-day` and `as: day-of-week`: the hour and the weekday of a timestamp, in UTC.

import { DAY_MS, HOUR_MS } from "../duration.ts";
import type { Feature, FeatureSpec, FeatureType } from "./feature.ts";
import { featureName, prefixOf } from "./name.ts";

/** Day 0 of the epoch, 1970-01-01, was a Thursday; Monday is 0. */
const EPOCH_WEEKDAY = 3;

interface Cycle {
  readonly length: number;
  /** The whole step, 0 to length - 1, of a timestamp in epoch milliseconds, which may lie before 1970. */
  step(timestamp: number): number;
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}

const HOURS: Cycle = { length: 24, step: (t) => modulo(Math.floor(t / HOUR_MS), 24) };
const WEEKDAYS: Cycle = { length: 7, step: (t) => modulo(Math.floor(t / DAY_MS) + EPOCH_WEEKDAY, 7) };

const ENCODE = {
  enum: ["number", "cyclic"],
  description:
    "number (the default): the step itself. cyclic: its sine and cosine, _sin and _cos, so that the end of the cycle is near its start",
};

function create(cycle: Cycle, spec: FeatureSpec, fallback: string): Feature {
  const name = featureName(spec, fallback);
  if (spec["encode"] !== "cyclic") {
    return {
      from: spec.from,
      outputs: [{ name, open: false, kind: "number" }],
      extract(value, emit) {
        const step = cycle.step(Number(value));
        if (Number.isFinite(step)) emit(name, step);
      },
    };
  }
  const sine = `${prefixOf(name)}sin`;
  const cosine = `${prefixOf(name)}cos`;
  const angles = Array.from({ length: cycle.length }, (_, step) => (2 * Math.PI * step) / cycle.length);
  const sines = angles.map(Math.sin);
  const cosines = angles.map(Math.cos);
  return {
    from: spec.from,
    outputs: [
      { name: sine, open: false, kind: "number", isSmall: true },
      { name: cosine, open: false, kind: "number", isSmall: true },
    ],
    extract(value, emit) {
      const step = cycle.step(Number(value));
      const s = sines[step];
      const c = cosines[step];
      if (s === undefined || c === undefined) return;
      emit(sine, s);
      emit(cosine, c);
    },
  };
}

/** Emits the whole hour in UTC, 0 to 23, as `hour`; with `encode: cyclic` sin and cos of 2 pi hour / 24. */
export const hourOfDay: FeatureType = {
  name: "hour-of-day",
  accepts: ["timestamp"],
  options: { encode: ENCODE },
  create: (spec) => create(HOURS, spec, "hour"),
};

/** Emits the day of the week in UTC, Monday 0 to Sunday 6, as `weekday`; with `encode: cyclic` sin and cos of 2 pi day / 7. */
export const dayOfWeek: FeatureType = {
  name: "day-of-week",
  accepts: ["timestamp"],
  options: { encode: ENCODE },
  create: (spec) => create(WEEKDAYS, spec, "weekday"),
};
