// Two runs of the bench beside each other. What they share is compared by its ratio to the anchor, where it has one: the machine
// may have been another, or busier.

import { readFileSync } from "node:fs";
import { type Column, table } from "../functions/cli/terminal/table.ts";
import { figure } from "./report.ts";
import { median, type Result } from "./row.ts";

interface KeptResult {
  readonly what: string;
  readonly anchor?: { readonly name: string };
  readonly ours: { readonly unit: string; readonly median: number };
  readonly ratio?: { readonly median: number };
}

/** Of an earlier run. @throws Error for a file that is none. */
export function readKept(file: string): readonly KeptResult[] {
  const text = readFileSync(file, "utf8");
  try {
    const { results } = JSON.parse(text) as { results: readonly KeptResult[] };
    for (const { what, ours } of results)
      if (typeof what !== "string" || !Number.isFinite(ours.median)) throw new Error();
    return results;
  } catch {
    throw new Error(`${file} is not what --json or an earlier run wrote; they are in .wadi/bench`);
  }
}

const COLUMNS: readonly Column[] = [
  { title: "what" },
  { title: "before", align: "right" },
  { title: "now", align: "right" },
  { title: "unit" },
  { title: "change", align: "right" },
  { title: "ratio before", align: "right" },
  { title: "ratio now", align: "right" },
  { title: "change", align: "right" },
];

export function compared(before: readonly KeptResult[], now: readonly Result[]): readonly string[] {
  const known = new Map(before.map((one) => [nameOf(one), one]));
  const both = now.flatMap((result) => {
    const earlier = known.get(nameOf(result));
    return earlier === undefined ? [] : [[earlier, result] as const];
  });
  if (both.length === 0) return ["nothing of this run is in the earlier one"];
  return table(
    COLUMNS,
    both.map(([earlier, result]) => {
      const ours = median(result.ours.values);
      const ratio = result.ratio && median(result.ratio);
      const ratios =
        ratio === undefined || earlier.ratio === undefined
          ? ["-", "-", "-"]
          : [earlier.ratio.median.toFixed(2), ratio.toFixed(2), change(earlier.ratio.median, ratio)];
      return [
        nameOf(result),
        figure(earlier.ours.median),
        figure(ours),
        result.ours.unit,
        change(earlier.ours.median, ours),
        ...ratios,
      ];
    }),
  );
}

function nameOf({ what, anchor }: { readonly what: string; readonly anchor?: { readonly name: string } }): string {
  return anchor === undefined ? what : `${what}, against ${anchor.name}`;
}

function change(before: number, now: number): string {
  const percent = Math.round((now / before - 1) * 100);
  return `${percent > 0 ? "+" : ""}${percent} %`;
}
