// Model sets, for people.

import type { HistoryPoint, ModelSetDetail, ModelSetSummary } from "../dashboard/shapes.ts";
import { type Fact, factLines } from "./facts.ts";
import { count, percent, plural } from "./figures.ts";
import { metricNames, metricTitle, metricValues } from "./metric-title.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";
import { bytes } from "./sizes.ts";
import { sparkline } from "./sparkline.ts";
import { type Column, table } from "./table.ts";
import { moment } from "./times.ts";
import { wrap } from "./wrap.ts";

const WIDEST_SPARKLINE = 60;

const right = (title: string): Column => ({ title, align: "right" });
const metricColumns = (names: readonly string[]): Column[] =>
  names.map((name) => ({ ...right(metricTitle(name)), optional: true }));

/** Row by row, each column with its points below each other. */
function metricCells(
  names: readonly string[],
  rows: readonly { readonly metrics: Readonly<Record<string, number>> }[],
): readonly (readonly string[])[] {
  const columns = names.map((name) => metricValues(rows.map(({ metrics }) => metrics[name])));
  return rows.map((_, row) => columns.map((column) => column[row] ?? ""));
}

export function modelSetsLines(items: readonly ModelSetSummary[], output: Output): readonly string[] {
  const { palette, signs } = output;
  if (items.length === 0) return [palette.quiet("No model set has learned yet; send examples: wadi emit --help")];
  const names = metricNames(items.map(({ metrics }) => metrics));
  const columns = [
    { title: "set", cut: true },
    { title: "champion", cut: true },
    right("examples"),
    right("version"),
    ...metricColumns(names),
  ];
  const scores = metricCells(names, items);
  const rows = items.map(({ set, champion, ...one }, row) => [
    printable(set),
    `${signs.serves} ${printable(champion)}`,
    count(one.count),
    count(one.version),
    ...(scores[row] ?? []),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  return [palette.quiet(titles), ...lines];
}

export function modelSetLines(detail: ModelSetDetail, output: Output): readonly string[] {
  const { strong, warn } = output.palette;
  const { scoredOnServed, learnedIds, stateBytes, generation, version, drift } = detail;
  const facts: readonly Fact[] = [
    ["learned", `${plural(detail.count, "example")} in ${plural(version, "version")}`],
    ["scored", `${percent(scoredOnServed, detail.count)} on the prediction that was served`],
    ["kept", `${plural(learnedIds, "id")} against learning twice; a state of ${bytes(stateBytes)}`],
    ["generation", printable(generation)],
    ["drift", drift.length === 0 ? undefined : warn(`found ${plural(drift.length, "time")}`)],
  ];
  return [
    strong(printable(detail.set)),
    ...factLines(facts, output),
    "",
    ...modelTable(detail, output),
    ...historyLines(detail, output),
  ];
}

function modelTable({ models }: ModelSetDetail, output: Output): readonly string[] {
  const { palette, signs } = output;
  const names = metricNames(models.map(({ metrics }) => metrics));
  const anySkipped = models.some(({ skipped }) => skipped > 0);
  const columns: Column[] = [
    { title: "  model", cut: true },
    right("n"),
    ...(anySkipped ? [right("skipped")] : []),
    ...metricColumns(names),
    { title: "" },
  ];
  const scores = metricCells(names, models);
  const rows = models.map(({ name, serves, n, skipped }, row) => {
    const cells = [
      `${serves ? signs.serves : " "} ${printable(name)}`,
      count(n),
      ...(anySkipped ? [count(skipped)] : []),
      ...(scores[row] ?? []),
      serves ? "serves" : "",
    ];
    return serves ? cells.map((cell) => palette.strong(cell)) : cells;
  });
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  return [palette.quiet(titles), ...lines];
}

/** The champion's rolling score over the commits, else its first one: a rolling one tells what it is like now. */
function historyLines({ champion, history }: ModelSetDetail, output: Output): readonly string[] {
  const oldestFirst = [...history].reverse();
  const names = metricNames(history.map(({ metrics }) => metrics[champion] ?? {}));
  const metric = names.find((name) => name.includes("_rolling_")) ?? names[0];
  const first = oldestFirst[0];
  const last = oldestFirst.at(-1);
  if (metric === undefined || first === undefined || last === undefined || first === last) return [];
  const score = ({ metrics }: HistoryPoint) => metrics[champion]?.[metric] ?? Number.NaN;
  const values = oldestFirst.map(score);
  const finite = values.filter(Number.isFinite);
  const { signs, palette } = output;
  const [from, to, low, high] = metricValues([finite[0], finite.at(-1), Math.min(...finite), Math.max(...finite)]);
  const columns = Math.min(WIDEST_SPARKLINE, output.columns() - 1);
  return [
    "",
    palette.quiet(`${metricTitle(metric)} of ${printable(champion)}`),
    palette.accent(sparkline(values, columns, output)),
    ...wrap(`${from} ${signs.to} ${to}, lowest ${low}, highest ${high}`, output.room()),
    ...wrap(
      `versions ${count(first.version)} to ${count(last.version)}, ${moment(first.time)} to ${moment(last.time)}`,
      output.room(),
    ).map(palette.quiet),
  ];
}
