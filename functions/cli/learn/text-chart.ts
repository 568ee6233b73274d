// The curves of a file as a chart of signs, one sign for each model.

import stringWidth from "string-width";
import { count } from "../../lib/figures.ts";
import { metricTitle } from "../../lib/learners/metrics/title.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { wrap } from "../terminal/wrap.ts";
import { marksOf, markTexts, rangeOf, shareOf } from "./scale.ts";
import type { Curve } from "./scores.ts";

const ROWS = 12;
const WIDEST = 100;
const NARROWEST = 16;
const FEWEST_POINTS = 2;
const UNICODE_SIGNS = "●○▲△■□◆◇";
const ASCII_SIGNS = "o*x+#@%&";

/** No lines where there are too few points, or too few columns. `first`: the model that is drawn above the others. */
export function textChart({ metric, over, points }: Curve, first: string, output: Output): readonly string[] {
  const models = Object.keys(points[0]?.scores ?? {});
  const range = rangeOf(points.flatMap(({ scores }) => Object.values(scores)));
  const marks = marksOf(range, 4);
  const texts = markTexts(marks);
  const margin = Math.max(...texts.map((text) => text.length), 1);
  const columns = Math.min(WIDEST, output.columns()) - margin - 3;
  if (points.length < FEWEST_POINTS || columns < NARROWEST) return [];
  const unicode = output.signs.dot !== "-";
  const signs = [...(unicode ? UNICODE_SIGNS : ASCII_SIGNS)];
  const [wall, floor, corner] = unicode ? ["│", "─", "└"] : ["|", "-", "+"];
  const signOf = (model: string) => signs[models.indexOf(model) % signs.length] as string;

  const grid = Array.from({ length: ROWS }, () => new Array<string>(columns).fill(" "));
  const last = points.at(-1)?.n ?? 1;
  const rowOf = (value: number) => ROWS - 1 - Math.round(shareOf(value, range) * (ROWS - 1));
  for (const model of [...models.filter((one) => one !== first), first]) {
    for (let column = 0; column < columns; column++) {
      const value = valueAt(points, model, (column / (columns - 1)) * last);
      if (value !== undefined) (grid[rowOf(value)] as string[])[column] = signOf(model);
    }
  }
  const labels = new Map(marks.map((mark, i) => [rowOf(mark), texts[i] as string]));
  const { quiet, strong } = output.palette;
  const end = `${count(last)} rows`;
  return [
    strong(`${metricTitle(metric)} of the last ${count(over)} rows`),
    ...grid.map((cells, row) =>
      `${quiet(`${(labels.get(row) ?? "").padStart(margin)} ${wall}`)}${cells.join("")}`.trimEnd(),
    ),
    quiet(`${" ".repeat(margin + 1)}${corner}${floor.repeat(columns)}`),
    quiet(`${" ".repeat(margin + 2)}0${end.padStart(columns - 1)}`),
    ...wrap(
      models.map((model) => `${signOf(model)} ${printable(model)}`).join("   "),
      output.columns() - margin - 2,
    ).map((line) => " ".repeat(margin + 2) + line),
  ].map((line) => (stringWidth(line) === 0 ? "" : line));
}

/** Of the first point from there on. */
function valueAt(points: Curve["points"], model: string, n: number): number | undefined {
  const value = points.find((point) => point.n >= n)?.scores[model];
  return Number.isFinite(value) ? value : undefined;
}
