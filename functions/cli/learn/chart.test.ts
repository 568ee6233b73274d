// The curves of a file: the scale of their axes, the chart of signs, the picture.

import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { marksOf, markTexts, rangeOf, shareOf } from "./scale.ts";
import type { Curve } from "./scores.ts";
import { svgOf } from "./svg.ts";
import { textChart } from "./text-chart.ts";

const extreme = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, Number.NaN),
);

function curveOf(values: Readonly<Record<string, readonly number[]>>, over = 100): Curve {
  const [first = []] = Object.values(values);
  const points = first.map((_, i) => ({
    n: 10 * (i + 1),
    scores: Object.fromEntries(Object.entries(values).map(([model, all]) => [model, all[i] as number])),
  }));
  return { metric: "mae", over, points };
}

describe("the scale", () => {
  test("of any values has a width, round marks within it, and texts that tell them apart", () => {
    fc.assert(
      fc.property(fc.array(extreme, { maxLength: 30 }), (values) => {
        const range = rangeOf(values);
        const marks = marksOf(range, 5);

        expect(range.high).toBeGreaterThan(range.low);
        expect(marks.length).toBeLessThanOrEqual(12);
        for (const mark of marks) expect(mark >= range.low && mark <= range.high).toBe(true);
        expect(new Set(markTexts(marks)).size).toBe(marks.length);
        for (const value of values.filter(Number.isFinite)) {
          const share = shareOf(value, range);
          expect(share >= 0 && share <= 1).toBe(true);
        }
      }),
    );
  });

  test("shows nearly all values, and not the few that are far off", () => {
    const values = [1e6, ...Array.from({ length: 99 }, (_, i) => 10 + (i % 10))];

    expect(rangeOf(values)).toEqual({ low: 10, high: 19 });
    expect(rangeOf([1, 2, 3, 4])).toEqual({ low: 1, high: 4 });
  });

  test.each([
    [{ low: 15.2, high: 22.9 }, ["16", "18", "20", "22"]],
    [{ low: 0.81, high: 0.934 }, ["0.85", "0.90"]],
    [{ low: -1200, high: 2100 }, ["-1,000", "0", "1,000", "2,000"]],
  ])("of %j has the marks %j", (range, texts) => {
    expect(markTexts(marksOf(range, 4))).toEqual(texts);
  });
});

describe("the chart of signs", () => {
  const curve = curveOf({ falling: [40, 30, 20, 10], level: [20, 20, 20, 20] });

  test("has the first values at the left, the highest above, and a sign for each model", () => {
    const lines = textChart(curve, "falling", recordedOutput({ columns: 40, env: { NO_COLOR: "1" } }));

    expect(lines[0]).toBe("MAE of the last 100 rows");
    expect(lines[1]).toMatch(/^40 │●/);
    expect(lines.find((line) => line.startsWith("20 │"))).toMatch(/○○○.*●.*○/);
    expect(lines.at(-2)).toMatch(/^ +0 +40 rows$/);
    expect(lines.at(-1)).toMatch(/● falling {3}○ level/);
  });

  test("is of plain characters where the terminal has no others", () => {
    const lines = textChart(curve, "falling", recordedOutput({ columns: 60, env: { LANG: "C", NO_COLOR: "1" } }));

    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
    for (const line of lines) expect(line).toMatch(/^[\x00-\x7f]*$/);
    expect(lines.at(-1)).toMatch(/o falling {3}\* level/);
  });

  test("is left out for too few points and in too narrow a terminal", () => {
    expect(textChart(curveOf({ a: [1] }), "a", recordedOutput())).toEqual([]);
    expect(textChart(curve, "falling", recordedOutput({ columns: 15 }))).toEqual([]);
  });

  test("fits any terminal, whatever the values", () => {
    const values = fc.array(extreme, { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.integer({ min: 20, max: 200 }), (all, columns) => {
        const lines = textChart(curveOf({ model: all }), "model", recordedOutput({ columns, env: { NO_COLOR: "1" } }));

        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe("the picture", () => {
  test("is read in the light and in the dark, names its axes and models, and has a line for each", () => {
    const svg = svgOf(curveOf({ a: [1, 2, 3], b: [3, 2, 1] }), { title: "points: a.csv", first: "b" });

    expect(svg).toContain("@media (prefers-color-scheme: dark)");
    for (const text of ["points: a.csv", "MAE of the last 100 rows", "rows learned", ">a</text>", ">b</text>"]) {
      expect(svg).toContain(text);
    }
    expect(svg.match(/<polyline/g)).toHaveLength(4);
  });

  test("is well-formed and has no markup of its names, whatever they are", () => {
    const hostile = fc.string({
      unit: fc.constantFrom("<", ">", "&", '"', "'", "\u0000", "\ud800", "a", "\ufffe", "]]>"),
    });
    fc.assert(
      fc.property(hostile, hostile, fc.array(extreme, { minLength: 1, maxLength: 5 }), (name, title, values) => {
        const svg = svgOf(curveOf({ [`m${name}`]: values }), { title, first: "" });
        const bare = svg
          .replaceAll(/<style>[\s\S]*?<\/style>/g, "")
          .replaceAll(/<\/?[a-z]+(?: [a-zA-Z:0-9-]+="[^"<>]*")*\/?>/g, "");

        expect(bare).not.toMatch(/[<>"']/);
        expect(bare.replaceAll(/&(amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
        // biome-ignore lint/suspicious/noControlCharactersInRegex: XML does not allow them
        expect(svg).not.toMatch(/[\u0000-\u0008\ufffe\uffff]|NaN|Infinity/);
        expect(svg.isWellFormed()).toBe(true);
      }),
    );
  });

  test("of no point is a picture without lines", () => {
    expect(svgOf({ metric: "mae", over: 10, points: [] }, { title: "x", first: "" })).not.toContain("<polyline");
  });
});
