// How far one may rely on what a model says, for people: whether its intervals hold as many truths as they should, and whether its
// probabilities come true as often as they say.

import type { Calibration } from "../../admin/shapes/learning.ts";
import type { ModelFigures } from "../../admin/shapes/shapes.ts";
import { count, percent, plural } from "../../lib/figures.ts";
import { printable } from "../terminal/printable.ts";

/** Undefined before there is one. */
export function coverageText({ name, coverage }: ModelFigures): string | undefined {
  if (coverage === undefined) return undefined;
  const { level, n, inside } = coverage;
  const asked = `${Number((100 * level).toPrecision(6))} %`;
  return `those of ${printable(name)} are to hold ${asked} of all truths, and held ${percent(inside, n)} of ${count(n)}`;
}

/** Undefined where it says no probabilities, or none has been scored. */
export function calibrationText({ name, calibration = [] }: ModelFigures): string | undefined {
  const n = sum(calibration, () => 1);
  if (n === 0) return undefined;
  const [said, came] = [sum(calibration, (bin) => bin.predicted), sum(calibration, (bin) => bin.observed)];
  // The expected calibration error: Guo et al. 2017, equation 3.
  const error = sum(calibration, ({ predicted, observed }) => Math.abs(predicted - observed)) / n;
  const told = `${printable(name)} said ${inPercent(said / n)}, and ${inPercent(came / n)} came true`;
  return `over ${plural(n, "prediction")} ${told}; by tenths it is off by ${(100 * error).toFixed(1)} points on average`;
}

/** Over all predictions. */
function sum(bins: Calibration, of: (bin: Calibration[number]) => number): number {
  return bins.reduce((all, bin) => all + bin.n * of(bin), 0);
}

function inPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
