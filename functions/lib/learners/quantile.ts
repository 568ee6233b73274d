// The P-square estimate of a quantile from five markers: Jain, Chlamtac 1985, "The P2 algorithm for dynamic calculation
// of quantiles and histograms without storing observations" (River's stats.Quantile).

import { type Check, checkLength, count, countsFromOne, numbers, object } from "./state-form.ts";

export interface Markers {
  /** Values seen. */
  readonly n: number;
  /** The five heights; with fewer values seen, these, sorted. */
  readonly heights: readonly number[];
  /** Where the markers stand, from 1. */
  readonly positions: readonly number[];
  /**
   * Where they should stand, as River adds it up, value by value: for a quantile that no double is, such as 0.9, the sum differs in
   * its last digit from the product, and a marker moves one value earlier or later. Absent: the product counts.
   */
  readonly desired?: readonly number[];
}

export const noMarkers: Markers = { n: 0, heights: [], positions: [1, 2, 3, 4, 5] };

export const checkMarkers: Check = object<Markers>(
  { n: count, heights: numbers, positions: countsFromOne },
  ({ n, heights, positions }) => {
    checkLength("heights", heights, Math.min(n, noMarkers.positions.length));
    checkLength("positions", positions, noMarkers.positions.length);
  },
);

/** Without `desired`. */
export function copyOf({ n, heights, positions }: Markers): Markers {
  return { n, heights: [...heights], positions: [...positions] };
}

/** Where the markers should stand after n values. */
export function desiredOf(quantile: number, n: number): readonly number[] {
  return sharesOf(quantile).map((share) => 1 + (Math.max(n, 5) - 1) * share);
}

/** Where the markers stand, as shares of the values. */
function sharesOf(quantile: number): readonly number[] {
  return [0, quantile / 2, quantile, (1 + quantile) / 2, 1];
}

/** The markers after one more value. */
export function addValue(markers: Markers, value: number, quantile: number): Markers {
  const n = markers.n + 1;
  if (n <= 5) return { ...markers, n, heights: [...markers.heights, value].sort((a, b) => a - b) };
  const q = [...markers.heights];
  const at = [...markers.positions];
  const cell = stretch(q, value);
  for (let i = cell + 1; i < 5; i++) at[i] = (at[i] as number) + 1;
  const shares = sharesOf(quantile);
  const desired = markers.desired?.map((sum, i) => sum + (shares[i] as number));
  for (let i = 1; i <= 3; i++) adjust(q, at, i, desired?.[i] ?? 1 + (n - 1) * (shares[i] as number));
  return { n, heights: q, positions: at, ...(desired && { desired }) };
}

/** The estimate; undefined before the first value. */
export function estimate({ n, heights }: Markers, quantile: number): number | undefined {
  if (n > 5) return heights[2];
  return heights[Math.min(Math.max(n - 1, 0), Math.floor(n * quantile))];
}

/** The cell the value falls into, 0 to 3; the outer heights give way. */
function stretch(q: number[], value: number): number {
  if (value < (q[0] as number)) {
    q[0] = value;
    return 0;
  }
  if (value >= (q[4] as number)) {
    q[4] = Math.max(value, q[4] as number);
    return 3;
  }
  let cell = 0;
  while (value >= (q[cell + 1] as number)) cell++;
  return cell;
}

/** Moves marker i by one where it is off its desired position by one or more: parabolic, else linear. */
function adjust(q: number[], at: number[], i: number, desired: number): void {
  const [before, here, after] = [at[i - 1] as number, at[i] as number, at[i + 1] as number];
  const off = desired - here;
  if (!((off >= 1 && after - here > 1) || (off <= -1 && before - here < -1))) return;
  const d = Math.sign(off);
  const [low, height, high] = [q[i - 1] as number, q[i] as number, q[i + 1] as number];
  const parabola =
    height +
    (d / (after - before)) *
      ((here - before + d) * ((high - height) / (after - here)) +
        (after - here - d) * ((height - low) / (here - before)));
  const [neighbour, position] = d > 0 ? [high, after] : [low, before];
  q[i] = low < parabola && parabola < high ? parabola : height + (d * (neighbour - height)) / (position - here);
  at[i] = here + d;
}
