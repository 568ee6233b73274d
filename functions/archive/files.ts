// Which files of the table can have what is looked for: by their day and pipeline, and by what they say of their rows.

import type { Add } from "./delta/actions.ts";
import type { TableState } from "./delta/state.ts";

type Range = readonly [least: number, most: number];

export interface KnownFile {
  readonly add: Add;
  /** Null: of none that was known when its events came. */
  readonly pipeline: string | null;
  /** Of all partitions of the log together. Unbounded where the file does not say it. */
  readonly offset: Range;
  /** When its events were accepted, epoch milliseconds; the whole day where the file does not say it. */
  readonly time: Range;
}

const DAY_MS = 86_400_000;

/** Events of a pipeline are in its own files, and before it was known among those of none. */
export function filesOf({ files }: TableState, pipeline: string): readonly KnownFile[] {
  return [...files.values()].map(known).filter((file) => file.pipeline === null || file.pipeline === pipeline);
}

/** Days of acceptance, as 2026-11-30, UTC; both are in it. */
export interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export function isInDays({ partitionValues }: Add, { from = "", to = "9999-12-31" }: Days): boolean {
  const day = partitionValues["day"] ?? "";
  return day >= from && day <= to;
}

/** That have files of their own. */
export function pipelinesOf({ files }: TableState): readonly string[] {
  const names = [...files.values()].flatMap(({ partitionValues: { pipeline } }) => pipeline || []);
  return [...new Set(names)].sort();
}

function known(add: Add): KnownFile {
  const { day, pipeline } = add.partitionValues;
  const { minValues: least, maxValues: most } = statsOf(add);
  const begin = Date.parse(day ?? "");
  const [from, to] = Number.isNaN(begin) ? [-Infinity, Infinity] : [begin, begin + DAY_MS - 1];
  return {
    add,
    pipeline: pipeline === undefined || pipeline === "" ? null : pipeline,
    offset: [numberOf(least?.["offset"]) ?? -Infinity, numberOf(most?.["offset"]) ?? Infinity],
    time: [timeOf(least?.["recordedtime"]) ?? from, timeOf(most?.["recordedtime"]) ?? to],
  };
}

interface Stats {
  readonly minValues?: Readonly<Record<string, unknown>>;
  readonly maxValues?: Readonly<Record<string, unknown>>;
}

/** Another program may write anything there, or nothing. */
function statsOf({ stats }: Add): Stats {
  try {
    const { minValues, maxValues } = JSON.parse(stats ?? "{}") as Record<keyof Stats, unknown>;
    return { ...(isObject(minValues) && { minValues }), ...(isObject(maxValues) && { maxValues }) };
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function timeOf(value: unknown): number | undefined {
  return typeof value === "string" ? numberOf(Date.parse(value)) : undefined;
}
