// The report of the demo: each model beside the baselines, and what to try next.

import { count, duration, fixed, percent, plural } from "../../lib/figures.ts";
import { metricTitle } from "../../lib/learners/metrics/title.ts";
import type { ModelSetScores } from "../../lib/learners/model-set.ts";
import { programName } from "../../lib/program.ts";
import type { Output } from "../terminal/output.ts";
import { table } from "../terminal/table.ts";
import { portOption, type StartOptions, urlOption } from "./start.ts";

export interface DemoOutcome {
  readonly flights: number;
  readonly ms: number;
  readonly version: number;
  readonly scores: ModelSetScores;
  /** Ids in the store: how many different flights were learned. */
  readonly learnedIds: number;
  readonly deadLetters: number;
  /** The model that serves. */
  readonly serve: string;
  /** Every flight was learned exactly once, and there is no dead letter. */
  readonly sound: boolean;
}

/** What `--json` writes. */
export function outcomeJson({ sound, flights, scores, learnedIds, version, deadLetters, ms, serve }: DemoOutcome) {
  const { count: learned, scoredOnServed, models } = scores;
  const seconds = Math.round(ms) / 1000;
  return {
    sound,
    flights,
    learned,
    learnedIds,
    scoredOnServed,
    versions: version,
    deadLetters,
    seconds,
    serve,
    models,
  };
}

const BASELINES: Readonly<Record<string, string>> = {
  mean: "the mean of all delays so far",
  median: "the median of all delays so far",
};

export function report(outcome: DemoOutcome, output: Output): readonly string[] {
  const { scores, flights, ms, version, deadLetters } = outcome;
  const { strong, good, bad } = output.palette;
  const verdict = outcome.sound
    ? good(`${count(flights)} flights, each learned exactly once`)
    : bad(`${count(scores.count)} learned of ${count(flights)} flights (${count(outcome.learnedIds)} different ones)`);
  return [
    `${strong(verdict)} in ${duration(ms)}: ${plural(version, "version")}, ${plural(deadLetters, "dead letter")}.`,
    `${count(scores.scoredOnServed)} (${percent(scores.scoredOnServed, scores.count)}) were scored on the prediction that was served at departure.`,
    "",
    ...modelTable(outcome, output),
  ];
}

function modelTable({ scores, serve }: DemoOutcome, { palette, signs }: Output): readonly string[] {
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
      name === serve ? "serves" : (BASELINES[name] ?? ""),
    ];
    return name === serve ? cells.map((cell) => palette.strong(cell)) : cells;
  });
  const [titles = "", ...lines] = table(columns, rows);
  return [palette.quiet(titles), ...lines];
}

const RECORD = '{"date": "2001-04-01T08:30:00Z", "distance": 1750, "origin": "DTW", "destination": "LAS"}';

/** Commands that work as they stand while Wadi is up; after `--once` it is said how to have it up again. */
export function nextSteps(
  url: string,
  { data, once }: StartOptions & { once: boolean },
  output: Output,
): readonly string[] {
  const { quiet, strong } = output.palette;
  const program = programName();
  const again = `${program} start --data ${data}${portOption(url)}`;
  return [
    once
      ? `Wadi has stopped. Start it on this data with ${strong(again)}; then try, in another terminal:`
      : "Wadi stays up until Ctrl-C. Try, in another terminal:",
    "",
    quiet("# a flight departs: 202 means that it is on disk"),
    `curl -i ${url}/ -H 'content-type: application/json' \\`,
    "  -H 'ce-specversion: 1.0' -H 'ce-type: dev.wadi.observation' \\",
    "  -H 'ce-source: /me' -H 'ce-id: DL-1' -H 'ce-pipeline: flights' \\",
    `  -d '${RECORD}'`,
    "",
    quiet("# how late will it be? for a caller who waits"),
    `curl ${url}/v2/models/flights/infer \\`,
    `  -d '{"inputs": ${RECORD}}'`,
    "",
    quiet("# a thousand points of a noisy line, for the pipeline `line`"),
    `${program} emit --pipeline line --generate line${urlOption(url)}`,
  ];
}
