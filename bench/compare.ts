// Two runs of the bench beside each other. What they share is compared by its ratio to the anchor, where it has one: the machine
// may have been another, or busier.

import { readFileSync } from "node:fs";
import { type Column, table } from "../functions/cli/terminal/table.ts";
import { barText, type Look, verdict } from "./bars.ts";
import { type Bar, barredFigure, figure, isMet, median, nameOf, type Result } from "./row.ts";

interface KeptResult {
  readonly what: string;
  readonly anchor?: { readonly name: string };
  readonly ours: { readonly unit: string; readonly median: number };
  readonly ratio?: { readonly median: number };
  readonly bar?: Bar;
  readonly met?: boolean;
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

/** The figures of both, and the bars of both. */
export function compared(before: readonly KeptResult[], now: readonly Result[], look: Look): readonly string[] {
  const known = new Map(before.map((one) => [nameOf(one), one]));
  const both = now.flatMap((result) => {
    const earlier = known.get(nameOf(result));
    return earlier === undefined ? [] : [[earlier, result] as const];
  });
  if (both.length === 0) return ["nothing of this run is in the earlier one"];
  const bars = comparedBars(both, look);
  return [...comparedFigures(both), ...(bars.length === 0 ? [] : ["", ...bars])];
}

type Both = readonly (readonly [KeptResult, Result])[];

function comparedFigures(both: Both): readonly string[] {
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

/** A bar that the earlier run did not have, or had elsewhere, is said so: it is held to what this run knows. */
function comparedBars(both: Both, look: Look): readonly string[] {
  const barred = both.filter(([, { bar }]) => bar !== undefined);
  if (barred.length === 0) return [];
  return table(
    [
      { title: "" },
      { title: "" },
      { title: "bar of" },
      { title: "before", align: "right" },
      { title: "now", align: "right" },
      { title: "to be" },
      { title: "change" },
    ],
    barred.map(([earlier, result]) => {
      const bar = result.bar as Bar;
      const value = bar.of === "ours" ? earlier.ours.median : earlier.ratio?.median;
      return [
        ...verdict(isMet(result) === true, look),
        nameOf(result),
        value === undefined ? "-" : figure(value),
        figure(barredFigure(result) ?? Number.NaN),
        barText(bar, result),
        turn(earlier, result),
      ];
    }),
  );
}

/** What became of a bar since the earlier run. */
function turn(earlier: KeptResult, result: Result): string {
  const now = isMet(result);
  if (earlier.bar === undefined) return "it had no bar";
  const moved = barText(earlier.bar, result) === barText(result.bar as Bar, result) ? "" : "; the bar was another";
  if (earlier.met === now) return (now === true ? "held before" : "missed before") + moved;
  return (now === true ? "missed before: it holds now" : "held before: missed now") + moved;
}

function change(before: number, now: number): string {
  const percent = Math.round((now / before - 1) * 100);
  return `${percent > 0 ? "+" : ""}${percent} %`;
}
