// A series as one line of signs, scaled from its lowest to its highest value.

import type { Output } from "./output.ts";

/** At most `columns` signs, each the mean of its share of the values; a blank where there is none. */
export function sparkline(values: readonly number[], columns: number, { signs }: Pick<Output, "signs">): string {
  const levels = [...signs.levels];
  const means = shares(values, columns);
  const finite = means.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  return means
    .map((value) => {
      if (!Number.isFinite(value)) return " ";
      const height = range > 0 ? (value - low) / range : 0;
      return levels[Math.min(levels.length - 1, Math.floor(height * levels.length))] as string;
    })
    .join("");
}

function shares(values: readonly number[], columns: number): number[] {
  if (values.length <= columns) return [...values];
  return Array.from({ length: Math.max(0, columns) }, (_, i) => {
    const share = values
      .slice(Math.floor((i * values.length) / columns), Math.floor(((i + 1) * values.length) / columns))
      .filter(Number.isFinite);
    return share.reduce((sum, value) => sum + value, 0) / share.length;
  });
}
