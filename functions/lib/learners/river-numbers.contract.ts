// Whether ours are River's numbers.

import { expect } from "vitest";
import type { Prediction } from "../events/vocabulary.ts";

/** @param tolerance of theirs, or of 1 where that is more. */
export function near(ours: unknown, theirs: number, what: string, tolerance = 1e-9): void {
  const allowed = tolerance * Math.max(1, Math.abs(theirs));
  expect(typeof ours === "number" && Math.abs(ours - theirs) <= allowed, `${what}: ${ours} is ${theirs}`).toBe(true);
}

export function nearPrediction(ours: unknown, theirs: Prediction, what: string, tolerance?: number): void {
  if (typeof theirs === "number") near(ours, theirs, what, tolerance);
  else if (theirs === null) expect(ours, what).toBeNull();
  else {
    const shares = ours as Readonly<Record<string, number>>;
    expect(Object.keys(shares).sort(), what).toEqual(Object.keys(theirs).sort());
    for (const [label, share] of Object.entries(theirs)) near(shares[label], share, `${what}, ${label}`, tolerance);
  }
}
