// What a table holds, in figures: from its log alone, so no file of it is read.

import type { TableState } from "./delta/state.ts";

export interface DayFigures {
  /** `2026-11-30`, UTC. */
  readonly day: string;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
}

export interface TableFigures {
  /** Of its metaData: another table at the same place has another. */
  readonly id: string;
  readonly version: number;
  /** Of files that tell how many they have: all that Wadi or delta-rs wrote. */
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  /** When the last commit was made, epoch milliseconds. */
  readonly committed?: number;
  /** The newest first. */
  readonly days: readonly DayFigures[];
}

export function figuresOf(state: TableState): TableFigures {
  const days = new Map<string, { rows: number; files: number; bytes: number }>();
  for (const { partitionValues, stats, size } of state.files.values()) {
    const day = partitionValues["day"] ?? "";
    const sum = days.get(day) ?? { rows: 0, files: 0, bytes: 0 };
    days.set(day, sum);
    sum.rows += Number(/"numRecords":\s*(\d{1,15})/.exec(stats ?? "")?.[1] ?? 0);
    sum.files++;
    sum.bytes += size;
  }
  const all = [...days].map(([day, sums]) => ({ day, ...sums })).sort((a, b) => (a.day < b.day ? 1 : -1));
  const total = (of: (day: DayFigures) => number) => all.reduce((sum, day) => sum + of(day), 0);
  return {
    id: state.metadata?.id ?? "",
    version: state.version,
    rows: total(({ rows }) => rows),
    files: total(({ files }) => files),
    bytes: total(({ bytes }) => bytes),
    ...(state.committed !== undefined && { committed: state.committed }),
    days: all,
  };
}
