// Model sets, for people.

import type { HistoryPoint } from "../../admin/shapes/history.ts";
import type { ModelSetDetail, ModelSetSummary } from "../../admin/shapes/shapes.ts";
import { count, plural } from "../../lib/figures.ts";
import { metricNames, metricTitle, metricValues } from "../../lib/learners/metrics/title.ts";
import { ago, moment } from "../../lib/times.ts";
import { type Fact, factLines } from "../terminal/facts.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { shellWord } from "../terminal/shell-words.ts";
import { bytes } from "../terminal/sizes.ts";
import { sparkline } from "../terminal/sparkline.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import { calibrationText, coverageText } from "./reliability-view.ts";

type Metrics = Readonly<Record<string, number>>;

const WIDEST_SPARKLINE = 60;

const right = (title: string): Column => ({ title, align: "right" });
const metricColumns = (names: readonly string[]): Column[] =>
  names.map((name) => ({ ...right(metricTitle(name)), optional: true }));
/** A name says more than the version, and than all but one score. */
const early = (column: Column): Column => ({ ...column, optional: "early" });

/** Row by row, each column with its points below each other. */
function metricCells(
  names: readonly string[],
  rows: readonly { readonly metrics: Readonly<Record<string, number>> }[],
): readonly (readonly string[])[] {
  const columns = names.map((name) => metricValues(rows.map(({ metrics }) => metrics[name])));
  return rows.map((_, row) => columns.map((column) => column[row] ?? ""));
}

/** `mae_rolling_100` of one pipeline and `mae_rolling_1000` of another are one column, of what each is like lately. */
function rollingAsOne(metrics: Metrics, all: readonly { readonly metrics: Metrics }[]): Metrics {
  const windows = (base: string, names: readonly string[]) => names.filter((name) => rollingBase(name) === base).length;
  const together = (base: string) =>
    windows(base, metricNames(all.map((one) => one.metrics))) > 1 &&
    all.every((one) => windows(base, Object.keys(one.metrics)) <= 1);
  const entries = Object.entries(metrics).map(([name, value]): [string, number] => {
    const base = rollingBase(name);
    return [base !== undefined && together(base) ? `${base}_rolling` : name, value];
  });
  return Object.fromEntries(entries);
}

function rollingBase(metric: string): string | undefined {
  return /^(.+)_rolling_\d+$/.exec(metric)?.[1];
}

const isRolling = (metric: string) => /_rolling(_\d+)?$/.test(metric);

/** @param now where it is to be said how long ago each was committed to. */
export function modelSetsLines(
  items: readonly ModelSetSummary[],
  output: Output,
  { now }: { readonly now?: number } = {},
): readonly string[] {
  const { palette, signs } = output;
  if (items.length === 0) return [palette.quiet("No model set has learned yet; send examples: wadi emit --help")];
  const scored = items.map(({ metrics }) => ({ metrics: rollingAsOne(metrics, items) }));
  const [first, ...others] = metricNames(scored.map(({ metrics }) => metrics));
  // What is left out first stands last.
  others.sort((a, b) => Number(isRolling(b)) - Number(isRolling(a)));
  const names = first === undefined ? [] : [first, ...others];
  const columns = [
    { title: "set", cut: true },
    { title: "champion", cut: true },
    ...(now === undefined ? [] : [right("last commit")]),
    right("examples"),
    ...metricColumns(names).map((column, i) => (i === 0 ? column : early(column))),
    early(right("version")),
  ];
  const scores = metricCells(names, scored);
  const rows = items.map(({ set, champion, ...one }, row) => [
    printable(set),
    `${signs.serves} ${printable(champion)}`,
    ...(now === undefined ? [] : [one.last === undefined ? "-" : ago(one.last, now)]),
    count(one.count),
    ...(scores[row] ?? []),
    count(one.version),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  return [palette.quiet(titles), ...lines];
}

/** @param conflicts labels of its pipeline, since the start, that differed from the first one. */
export function modelSetLines(detail: ModelSetDetail, conflicts: number, output: Output): readonly string[] {
  const { strong, warn } = output.palette;
  const { learnedIds, stateBytes, generation, version } = detail;
  const champion = detail.models.find(({ serves }) => serves);
  const facts: readonly Fact[] = [
    ["learned", `${plural(detail.count, "example")} in ${plural(version, "version")}`],
    ["verdict", verdictText(detail)],
    ["scored", scoredText(detail)],
    [
      "not learned",
      conflicts === 0
        ? undefined
        : warn(`${plural(conflicts, "label")} since the start: another came first and was learned`),
    ],
    ["kept", `${plural(learnedIds, "learned id")}, so that nothing is learned twice; a state of ${bytes(stateBytes)}`],
    ["generation", printable(generation)],
    ["champion", championText(detail)],
    ["drift", driftText(detail, warn)],
    ["restart", restartText(detail)],
    ["rollback", rollbackText(detail)],
    ["file", fileText(detail)],
    ["intervals", champion && coverageText(champion)],
    ["calibration", champion && calibrationText(champion)],
  ];
  return [
    strong(printable(detail.set)),
    ...factLines(facts, output),
    "",
    ...modelTable(detail, output),
    ...historyLines(detail, output),
  ];
}

/** The newest change that the history tells. */
function championText({ history, champion, pinned, set }: ModelSetDetail): string | undefined {
  const release = `wadi models serve ${shellWord(set)} --auto`;
  const pin = pinned === undefined ? "" : `; ${release} releases it`;
  const point = history.find((one) => one.champion !== undefined);
  if (point?.champion === undefined || point.champion.to !== champion) {
    return pinned === undefined ? undefined : `${printable(champion)} is pinned by hand${pin}`;
  }
  const { from, to, why } = point.champion;
  return `${printable(to)} instead of ${printable(from)} since version ${count(point.version)}, ${moment(point.time)}: ${printable(why)}${pin}`;
}

/** The newest that the history tells; a rise is a warning while it stands. */
function driftText({ drift, history }: ModelSetDetail, warn: (text: string) => string): string | undefined {
  const [newest, ...earlier] = drift;
  if (newest === undefined) return undefined;
  const { model, detector, change, at, version, time } = newest;
  const what = `the error of ${printable(model)} ${change === "rise" ? "rose" : "fell"}, by ${printable(detector)}`;
  const when = `at example ${count(at)}, version ${count(version)}, ${moment(time)}`;
  const more = earlier.length === 0 ? "" : `; ${plural(earlier.length, "time")} before that, see --json`;
  return `${history[0]?.risen === undefined ? what : warn(what)} ${when}${more}`;
}

/** Of a model that begins anew beside the old one, or the newest that has replaced it. */
function restartText({ models, history }: ModelSetDetail): string | undefined {
  const learning = models.find(({ challenges }) => challenges !== undefined);
  if (learning !== undefined) {
    const old = printable(learning.challenges as string);
    return `${printable(learning.name)} learns beside ${old}, and replaces it once it is better`;
  }
  const point = history.find(({ restarted }) => restarted !== undefined);
  const last = point?.restarted?.at(-1);
  if (point === undefined || last === undefined) return undefined;
  const since = `since version ${count(point.version)}, ${moment(point.time)}`;
  return `${printable(last.model)} is what began as ${printable(last.challenger)}, ${since}: ${printable(last.why)}`;
}

/** The newest that the history tells, as the next one. */
function rollbackText({ history }: ModelSetDetail): string | undefined {
  const point = history.find(({ restored }) => restored !== undefined);
  return (
    point && `version ${count(point.version)} brought back version ${count(point.restored ?? 0)}, ${moment(point.time)}`
  );
}

function fileText({ history }: ModelSetDetail): string | undefined {
  const point = history.find(({ file }) => file !== undefined);
  if (point?.file === undefined) return undefined;
  const { from, to, added, removed } = point.file;
  const models = [
    ...added.map((name) => `with ${printable(name)}`),
    ...removed.map((name) => `without ${printable(name)}`),
  ];
  const what = models.length === 0 ? "the same models" : models.join(", ");
  return `pipeline revision ${to} instead of ${from} since version ${count(point.version)}, ${moment(point.time)}: ${what}`;
}

/** By a rolling score, which tells what the model is like now, or by the first one. */
function verdictText({ verdicts }: ModelSetDetail): string | undefined {
  const names = Object.keys(verdicts);
  const name = names.find(isRolling) ?? names[0];
  return name === undefined ? undefined : printable(verdicts[name]?.text ?? "");
}

function scoredText({ scoredOnServed, onlyScored, count: learned }: ModelSetDetail): string {
  if (onlyScored !== undefined) {
    const each = "each observation just before it was learned";
    const served = `${count(scoredOnServed)} on the prediction that was served`;
    return onlyScored === 0 ? each : `${each}, and ${plural(onlyScored, "late label")}, ${served}`;
  }
  const fresh = Math.max(0, learned - scoredOnServed);
  if (fresh === 0) return `${count(scoredOnServed)} on the prediction that was served`;
  const why = "their label came with them, or before the prediction";
  return `${count(scoredOnServed)} on the prediction that was served, ${count(fresh)} on one made just before learning (${why})`;
}

function modelTable({ models }: ModelSetDetail, output: Output): readonly string[] {
  const { palette, signs } = output;
  const names = metricNames(models.map(({ metrics }) => metrics));
  const anySkipped = models.some(({ skipped }) => skipped > 0);
  const anyLeftOut = models.some(({ leftOut }) => leftOut > 0);
  const columns: Column[] = [
    { title: "  model", cut: true },
    right("n"),
    ...(anySkipped ? [right("skipped")] : []),
    ...(anyLeftOut ? [right("left out")] : []),
    ...metricColumns(names),
    { title: "" },
  ];
  const scores = metricCells(names, models);
  const rows = models.map(({ name, serves, isBaseline, n, skipped, leftOut }, row) => {
    const cells = [
      `${serves ? signs.serves : " "} ${printable(name)}`,
      count(n),
      ...(anySkipped ? [count(skipped)] : []),
      ...(anyLeftOut ? [count(leftOut)] : []),
      ...(scores[row] ?? []),
      [serves && "serves", isBaseline && "baseline"].filter(Boolean).join(", "),
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
