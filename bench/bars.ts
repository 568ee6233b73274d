// The bars: what each figure is held to, and whether it holds. A bar that is missed is said plainly; it fails nothing unless --check.

import type { Output } from "../functions/cli/terminal/output.ts";
import { table } from "../functions/cli/terminal/table.ts";
import { type Bar, barredFigure, figure, isMet, nameOf, type Result } from "./row.ts";

export type Look = Pick<Output, "palette" | "signs">;

/** One line a bar, in the order of the rows; nothing where no result has one. */
export function barLines(results: readonly Result[], look: Look): readonly string[] {
  const barred = results.filter(({ bar }) => bar !== undefined);
  if (barred.length === 0) return [];
  return table(
    [{ title: "" }, { title: "" }, { title: "bar of" }, { title: "measured", align: "right" }, { title: "to be" }],
    barred.map((result) => [
      ...verdict(isMet(result) === true, look),
      nameOf(result),
      barredText(result),
      barText(result.bar as Bar, result),
    ]),
  );
}

/** A mark and a word, so that neither needs the colour. */
export function verdict(holds: boolean, { palette, signs }: Look): readonly [string, string] {
  return holds ? [palette.good(signs.ok), palette.good("holds")] : [palette.bad(signs.failed), palette.bad("MISSED")];
}

/** For instance "at least 25 times River", "at most 0.5 of Vowpal Wabbit", "at most 250 µs". */
export function barText({ of, atLeast, atMost }: Bar, { ours, anchor }: Pick<Result, "ours" | "anchor">): string {
  const bound = atLeast ?? atMost ?? 0;
  const unit = of === "ours" ? ours.unit : `${bound < 1 ? "of" : "times"} ${anchor?.name ?? "the anchor"}`;
  const text = `${bound.toLocaleString("en-US")} ${unit}`;
  if (atLeast !== undefined && atLeast === atMost) return text;
  return `${atLeast === undefined ? "at most" : "at least"} ${text}`;
}

function barredText(result: Result): string {
  const value = barredFigure(result) ?? Number.NaN;
  return result.bar?.of === "ours" ? `${figure(value)} ${result.ours.unit}` : value.toFixed(2);
}
