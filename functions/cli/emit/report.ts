// What `wadi emit` prints at its end: a summary and next steps for people, or one JSON object for programs.

import { type AppSessionsOptions, CHANGE } from "../../feed/generators/app-sessions/app-sessions.ts";
import { type FieldRecord, readValue } from "../../feed/rows/cells.ts";
import { count, duration, plural, rate } from "../../lib/figures.ts";
import { programName } from "../../lib/program.ts";
import type { Output } from "../terminal/output.ts";
import { printableJson } from "../terminal/printable.ts";
import { commandLines, shellWord } from "../terminal/shell-words.ts";
import { optionsOf } from "./generated.ts";
import type { Known } from "./known.ts";
import type { EmitPlan } from "./options.ts";
import type { Counts, RefusedEvent, SkippedRow, Tally } from "./tally.ts";

/** What `--json` writes. Fields may be added; none changes its meaning. */
export interface EmitResult {
  /** `failed`: it stopped before the end, and `error` says why. */
  readonly outcome: "done" | "interrupted" | "failed";
  readonly error?: string;
  readonly url: string;
  readonly source: string;
  readonly pipeline?: string;
  /** Of what is generated. */
  readonly seed?: number;
  /** Of app-sessions: the session from which on the population is another. */
  readonly thenAt?: number;
  /** Of app-sessions, accepted events that had been sent before, and sessions whose label is never sent. */
  readonly sentTwice?: number;
  readonly labelsLost?: number;
  /** Rows read. */
  readonly rows: number;
  /** Events sent: accepted, refused, or without an answer. */
  readonly sent: number;
  readonly accepted: number;
  /** The accepted ones by kind. */
  readonly observations: number;
  readonly labels: number;
  readonly refused: number;
  /** Rows of which no event could be made. */
  readonly skipped: number;
  /** The first few of each, with their reasons. */
  readonly firstRefused: readonly RefusedEvent[];
  readonly firstSkipped: readonly SkippedRow[];
  readonly seconds: number;
}

export interface End {
  readonly outcome: EmitResult["outcome"];
  readonly error?: string;
  readonly ms: number;
}

export function resultOf(plan: EmitPlan, { counts, firstRefused, firstSkipped }: Tally, end: End): EmitResult {
  const { rows, sent, observations, labels, refused, skipped } = counts;
  const { source, pipeline } = plan.examples;
  return {
    outcome: end.outcome,
    ...(end.error === undefined ? {} : { error: end.error }),
    url: plan.url,
    source,
    ...(pipeline === undefined ? {} : { pipeline }),
    ...(plan.input.kind === "file" ? {} : { seed: optionsOf(plan.input).seed }),
    ...(plan.input.kind === "app-sessions" ? phonesOf(plan.input.sessions, counts) : {}),
    rows,
    sent,
    accepted: observations + labels,
    observations,
    labels,
    refused,
    skipped,
    firstRefused,
    firstSkipped,
    seconds: Math.round(end.ms) / 1000,
  };
}

function phonesOf({ thenAt }: AppSessionsOptions, counts: Counts) {
  const sentTwice = counts.repeatedObservations + counts.repeatedLabels;
  return { ...(thenAt !== undefined && { thenAt }), sentTwice, labelsLost: counts.unlabelled };
}

/** For people. */
export function summary(plan: EmitPlan, result: EmitResult, { palette }: Output): readonly string[] {
  const { accepted, observations, labels, refused, skipped, seconds, sent } = result;
  const { strong, good, bad, quiet } = palette;
  const late = plan.examples.late !== undefined;
  const kinds = late ? `: ${plural(observations, "observation")}, ${plural(labels, "label")}` : "";
  const sound = refused === 0 && skipped === 0 && result.outcome === "done";
  const verb = result.outcome === "done" ? "" : `${bad(result.outcome)}: `;
  const taken = (sound ? good : strong)(`${plural(accepted, "event")} accepted`);
  const lines = [
    `${verb}${taken}${kinds}, in ${duration(seconds * 1000)} (${count(rate(accepted, seconds * 1000))}/s)`,
  ];
  if (refused > 0)
    lines.push(`${bad(`${plural(refused, "event")} refused`)}${shownAbove(refused, result.firstRefused)}`);
  if (skipped > 0) lines.push(`${bad(`${plural(skipped, "row")} skipped`)}${shownAbove(skipped, result.firstSkipped)}`);
  const unanswered = sent - accepted - refused;
  if (unanswered > 0) lines.push(`${bad(`${plural(unanswered, "event")} without an answer`)}`);
  if (result.rows === 0) lines.push("there was no row in it");
  if (result.sentTwice !== undefined) lines.push(...phoneLines(result));
  if (late && result.outcome === "done" && observations > 0 && labels + refused === 0) {
    lines.push(bad(`no row had its truth in ${plan.examples.late?.target}: nothing will be learned`));
  }
  if (result.outcome !== "done" && accepted > 0) {
    const again = result.seed === undefined ? "the same command" : `the same command with --seed ${result.seed}`;
    const how = plan.input.kind === "file" && plan.input.path === "-" ? "sends the rest" : "sends all of it again";
    lines.push(quiet(`${again} ${how}: what was accepted is not learned twice`));
  } else if (result.seed !== undefined) {
    lines.push(quiet(`--seed ${result.seed} sends the same rows again, which are not learned twice`));
  }
  return lines;
}

function phoneLines({ sentTwice = 0, labelsLost = 0, thenAt, rows }: EmitResult): readonly string[] {
  const lines = [`${plural(sentTwice, "event")} came twice, and ${plural(labelsLost, "label")} never, as from phones`];
  if (thenAt !== undefined && rows >= thenAt) lines.push(`from session ${count(thenAt)} on ${CHANGE}`);
  return lines;
}

function shownAbove(all: number, first: readonly unknown[]): string {
  return all > first.length ? ` (the first ${first.length} are shown above)` : "";
}

/** How many rows Wadi had learned before. */
export function knownLine(known: Known | undefined, { examples }: EmitPlan, { palette }: Output): readonly string[] {
  if (known === undefined || known.rows === 0) return [];
  const rows = `${known.more ? "at least " : ""}${count(known.rows)}`;
  const were = known.rows === 1 ? "was known already, and is" : "were known already, and are";
  // With ids or subjects from columns they are the same observations under any source.
  const named = examples.id !== undefined || examples.subject !== undefined;
  const other = examples.source === "/other" ? "/another" : "/other";
  return [palette.quiet(`${rows} ${were} not learned again${named ? "" : ` (--source ${other} sends them as new)`}`)];
}

export interface Askable {
  /** The Wadi runs on this machine, so the other commands find it by themselves. */
  readonly here: boolean;
  /** A question that its pipeline can answer. */
  readonly record?: FieldRecord;
}

const LONGEST_RECORD = 300;

/** Commands to copy, for a Wadi in one process. */
export function nextSteps(plan: EmitPlan, { here, record }: Askable, output: Output): readonly string[] {
  const url = new URL(plan.url);
  // Other brokers have no such paths.
  if (url.pathname !== "/") return [];
  const { quiet } = output.palette;
  const { pipeline } = plan.examples;
  const wadi = programName();
  const command = (...words: readonly string[]) => commandLines(words, output.room());
  const lines = [quiet("# what became of them: learned, still under way (lag), given up (dead letters)")];
  if (!here) lines.push(`curl -s ${url.origin}/metrics | grep -E '^wadi_(learned|trigger_lag)'`);
  else lines.push(...command(wadi, "status"));
  if (here && pipeline !== undefined) {
    lines.push(quiet("# how well it is predicted"), ...command(wadi, "models", "show", shellWord(pipeline)));
  }
  const words = record === undefined ? [] : recordWords(record);
  if (pipeline !== undefined && words.length > 0 && words.join(" ").length <= LONGEST_RECORD) {
    const to = here ? [] : ["--url", shellWord(plan.url)];
    lines.push(
      quiet("# what the models say now"),
      ...command(wadi, "predict", "--pipeline", shellWord(pipeline), ...to, ...words),
    );
  }
  return lines;
}

/** As arguments of `wadi predict`: name=value where that is unambiguous, else JSON. */
function recordWords(record: FieldRecord): readonly string[] {
  const fields = Object.entries(record);
  const texts = fields.map(([, value]) => String(value));
  const same = fields.every(
    ([name, value], i) =>
      readValue(texts[i] as string) === value && /^[A-Za-z_]\w*$/.test(name) && !/\p{C}/u.test(texts[i] as string),
  );
  const words = fields.map(([name], i) => shellWord(`${name}=${texts[i]}`));
  return same ? words : [shellWord(printableJson(JSON.stringify(record)))];
}
