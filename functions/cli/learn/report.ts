// What `wadi learn` tells people at its end: the models beside the baselines, which of them would serve, and what comes next.

import { count, duration, percent, plural } from "../../lib/figures.ts";
import { metricNames, metricTitle, metricValue, metricValues } from "../../lib/learners/metrics/title.ts";
import { programName } from "../../lib/program.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { commandLines, shellWord } from "../terminal/shell-words.ts";
import { bytes } from "../terminal/sizes.ts";
import { table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import type { LearnPlan } from "./options.ts";
import type { LearnResult, ModelResult } from "./result.ts";

const MOST_CHANGES = 10;

export function reportLines(result: LearnResult, output: Output): readonly string[] {
  const { palette } = output;
  const { outcome, learned, seconds, rowsPerSecond, rows, unlabelled } = result;
  const verb = outcome === "done" ? "" : `${palette.bad(outcome)}: `;
  const all = (outcome === "done" && result.refused === 0 ? palette.good : palette.strong)(
    `${plural(learned, "row")} learned`,
  );
  const sets = result.sets > 1 ? ` by ${count(result.sets)} model sets` : "";
  const lines = [
    `${verb}${all}${sets} in ${duration(seconds * 1000)} (${count(rowsPerSecond)}/s); a state of ${bytes(result.stateBytes)}`,
  ];
  if (rows === 0) lines.push("there was no row in it");
  if (unlabelled > 0) lines.push(`${plural(unlabelled, "row")} without a truth: predicted, not learned`);
  lines.push(...refusedLines(result, output));
  if (learned === 0) return lines;
  return [
    ...lines,
    "",
    ...modelTable(result, output),
    ...missedLines(result, output),
    "",
    ...servingLines(result, output),
  ];
}

function refusedLines({ refused, refusedBy, firstRefused }: LearnResult, { palette }: Output): readonly string[] {
  if (refused === 0) return [];
  const reasons = Object.entries(refusedBy).map(([reason, times]) => `${count(times)} ${reason}`);
  const shown = refused > firstRefused.length ? ` (the first ${firstRefused.length} are shown above)` : "";
  return [`${palette.bad(`${plural(refused, "row")} refused`)}: ${reasons.join(", ")}${shown}`];
}

function modelTable({ models, serve }: LearnResult, output: Output): readonly string[] {
  const { palette, signs } = output;
  const entries = Object.entries(models);
  const names = metricNames(entries.map(([, { metrics }]) => metrics));
  const values = names.map((name) => metricValues(entries.map(([, { metrics }]) => metrics[name])));
  const columns = [
    { title: "  model", cut: true },
    ...names.map((name) => ({ title: metricTitle(name), align: "right" as const, optional: true })),
    { title: "" },
  ];
  const rows = entries.map(([name, model], row) => {
    const serves = name === serve.model;
    const cells = [
      `${serves ? signs.serves : " "} ${printable(name)}`,
      ...values.map((column) => column[row] ?? ""),
      noteOn(name, model, serve),
    ];
    return serves ? cells.map((cell) => palette.strong(cell)) : cells;
  });
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  return [palette.quiet(titles), ...lines];
}

function noteOn(name: string, { baseline }: ModelResult, serve: LearnResult["serve"]): string {
  if (name === serve.model) return baseline ? "serves, a baseline" : "serves";
  const sets = serve.models?.[name];
  const inSets = sets === undefined ? [] : [`serves ${plural(sets, "set")}`];
  return [...inSets, ...(baseline ? ["baseline"] : [])].join(", ");
}

function missedLines({ models }: LearnResult, { palette }: Output): readonly string[] {
  return Object.entries(models).flatMap(([name, { skipped, leftOut }]) => [
    ...(skipped > 0
      ? [
          palette.warn(
            `${printable(name)} did not learn ${plural(skipped, "row")}: its numbers would have become infinite`,
          ),
        ]
      : []),
    ...(leftOut > 0
      ? [
          palette.warn(
            `${printable(name)} learned ${plural(leftOut, "row")} without a name that its state had no room for`,
          ),
        ]
      : []),
  ]);
}

function servingLines(result: LearnResult, output: Output): readonly string[] {
  const { serve, metric } = result;
  const { palette } = output;
  const how = serve.chosen ? `chosen by its ${metricTitle(metric)}` : "as the pipeline file says";
  const head = serve.model === undefined ? [] : [`${palette.strong(printable(serve.model))} would serve, ${how}.`];
  const { changes, moreChanges } = serve;
  const told = changes.slice(-MOST_CHANGES).map(({ n, set, from, to, why }) => {
    const where = result.sets > 1 ? ` of ${printable(set)}` : "";
    return `row ${count(n)}${where}: ${printable(to)} instead of ${printable(from)}: ${printable(why)}`;
  });
  const before = changes.length + moreChanges - told.length;
  const lines = [
    ...head,
    ...comparedLines(result),
    ...(before > 0 ? [`${plural(before, "change")} of the model that serves, then`] : []),
    ...told,
  ];
  return lines.flatMap((line) => (output.room() === Number.POSITIVE_INFINITY ? [line] : wrap(line, output.room())));
}

/** The best model beside the best baseline. */
function comparedLines({ models, metric, better }: LearnResult): readonly string[] {
  if (better === "neither") return [];
  const sign = better === "lower" ? 1 : -1;
  const best = (wanted: boolean) =>
    Object.entries(models)
      .filter(([, model]) => model.baseline === wanted && model.metrics[metric] !== undefined)
      .sort(([, a], [, b]) => sign * ((a.metrics[metric] as number) - (b.metrics[metric] as number)))[0];
  const [model, baseline] = [best(false), best(true)];
  if (model === undefined || baseline === undefined) return [];
  const [own, theirs] = [model, baseline].map(([, { metrics }]) => metrics[metric] as number) as [number, number];
  const names = [model[0], baseline[0]].map(printable) as [string, string];
  const title = metricTitle(metric);
  const both = `its ${title} is ${metricValue(own)}, that of ${names[1]}, the best baseline, ${metricValue(theirs)}`;
  if (sign * (own - theirs) >= 0) return [`No model beats the baselines: ${names[0]} is the best of them, ${both}.`];
  const less = better === "lower" && theirs > 0 ? ` (${percent(theirs - own, theirs)} less)` : "";
  return [`${names[0]} is the best model: ${both}${less}.`];
}

/** Commands to copy. */
export function nextSteps({ input, pipeline, read, delay }: LearnPlan, output: Output): readonly string[] {
  if (input.path === "-") return [];
  const { quiet } = output.palette;
  const wadi = programName();
  if (input.format === "archive") {
    const words = [wadi, "replay", "--pipeline", pipeline.name, "--into", "b", "--from-archive", "--promote"];
    return [
      quiet("# the same events into a new generation, for a Wadi that runs with this archive"),
      ...commandLines(words, output.room()),
    ];
  }
  const time = read.time === undefined ? [] : ["--time", shellWord(read.time)];
  const late = delay === undefined ? [] : ["--late-labels", shellWord(ofEmit(delay))];
  const words = [wadi, "emit", shellWord(input.path), "--pipeline", pipeline.name, ...time, ...late];
  return [
    quiet("# the same rows as events, for a Wadi that runs; with the same options that say how the file is read"),
    ...commandLines(words, output.room()),
  ];
}

/** Emit sends the label of a row that is due with an observation after it, and here it is learned before. */
function ofEmit(delay: string): string {
  return /^\d+$/.test(delay) ? String(Math.max(0, Number(delay) - 1)) : delay;
}
