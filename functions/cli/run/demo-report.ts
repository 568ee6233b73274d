// What every demo reports: each model beside the baselines, and what to try next.

import { count, duration, fixed, percent, plural } from "../../lib/figures.ts";
import { metricTitle } from "../../lib/learners/metrics/title.ts";
import { programName } from "../../lib/program.ts";
import type { Output } from "../terminal/output.ts";
import { table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import type { DemoOptions, DemoOutcome, Scenario } from "./scenario.ts";
import { portOption } from "./start.ts";

/** What `--json` writes of every scenario. */
export function outcomeJson(outcome: DemoOutcome, of: Readonly<Record<string, unknown>>) {
  const { sound, scores, learnedIds, version, deadLetters, ms, serve } = outcome;
  const { count: learned, scoredOnServed, models } = scores;
  const seconds = Math.round(ms) / 1000;
  return { sound, ...of, learned, learnedIds, scoredOnServed, versions: version, deadLetters, seconds, serve, models };
}

/** @param words what was learned, in the plural, and when it was predicted. */
export function outcomeLines(
  outcome: DemoOutcome,
  { what, when }: { readonly what: string; readonly when: string },
  { palette: { strong, good, bad }, room }: Output,
): readonly string[] {
  const { scores, labelled, learnedIds, ms, version, deadLetters } = outcome;
  const verdict = outcome.sound
    ? good(`${count(labelled)} ${what}, each learned exactly once`)
    : bad(`${count(scores.count)} learned of ${count(labelled)} ${what} (${count(learnedIds)} different ones)`);
  const lines = [
    `${strong(verdict)} in ${duration(ms)}: ${plural(version, "version")}, ${plural(deadLetters, "dead letter")}.`,
    `${count(scores.scoredOnServed)} (${percent(scores.scoredOnServed, scores.count)}) were scored on the prediction that was served at ${when}.`,
  ];
  return lines.flatMap((line) => wrap(line, room()));
}

/** @param notes of models, by name. */
export function modelTable(
  { scores, serve }: DemoOutcome,
  notes: Readonly<Record<string, string>>,
  { palette, signs }: Output,
): readonly string[] {
  const metrics = Object.keys(scores.models[serve]?.metrics ?? {});
  const columns = [
    { title: "  model" },
    { title: "n", align: "right" as const },
    ...metrics.map((name) => ({ title: metricTitle(name), align: "right" as const })),
    { title: "" },
  ];
  const rows = Object.entries(scores.models).map(([name, { n, metrics: values }]) => {
    const cells = [
      `${name === serve ? signs.serves : " "} ${name}`,
      count(n),
      ...metrics.map((metric) => fixed(values[metric], 3)),
      name === serve ? "serves" : (notes[name] ?? ""),
    ];
    return name === serve ? cells.map((cell) => palette.strong(cell)) : cells;
  });
  const [titles = "", ...lines] = table(columns, rows);
  return [palette.quiet(titles), ...lines];
}

export interface Observed {
  readonly url: string;
  readonly pipeline: string;
  readonly id: string;
  /** JSON. */
  readonly record: string;
}

/** The command that sends an observation. */
export function observe({ url, pipeline, id, record }: Observed): readonly string[] {
  return [
    `curl -i ${url}/ -H 'content-type: application/json' \\`,
    "  -H 'ce-specversion: 1.0' -H 'ce-type: dev.wadi.observation' \\",
    `  -H 'ce-source: /me' -H 'ce-id: ${id}' -H 'ce-pipeline: ${pipeline}' \\`,
    `  -d '${record}'`,
  ];
}

/** Commands that work as they stand while Wadi is up; after `--once` it is said how to have it up again. */
export function nextSteps(
  { tries }: Pick<Scenario, "tries">,
  url: string,
  { data, once }: Pick<DemoOptions, "data" | "once">,
  output: Output,
): readonly string[] {
  const again = `${programName()} start --data ${data}${portOption(url)}`;
  return [
    once
      ? `Wadi has stopped. Start it on this data with ${output.palette.strong(again)}; then try, in another terminal:`
      : "Wadi stays up until Ctrl-C. Try, in another terminal:",
    "",
    ...tries(url, output),
  ];
}
