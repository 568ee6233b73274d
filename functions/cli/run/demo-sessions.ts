// The demo of the talk: sessions of an app on phones. How long each will last is predicted at its start; its length comes when
// it has ended, late, out of order, twice or never. Half way the users change, and it is shown what the models did about it.

import type { Example } from "../../feed/examples.ts";
import { CHANGE, DEFAULT_USERS } from "../../feed/generators/app-sessions/app-sessions.ts";
import { generateExamples } from "../../feed/generators/generator.ts";
import { generators } from "../../feed/generators/index.ts";
import { count, duration, fixed, percent, plural } from "../../lib/figures.ts";
import { programName } from "../../lib/program.ts";
import type { Output } from "../terminal/output.ts";
import { table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import { modelTable, observe, outcomeLines } from "./demo-report.ts";
import type { DemoOutcome, Scenario } from "./scenario.ts";
import { countPhones, JUST_AFTER, type SessionWatch, watchSessions } from "./session-errors.ts";
import { urlOption } from "./start.ts";

const GENERATOR = generators["app-sessions"];
export const SESSIONS = 12_000;
const THEN_AT = SESSIONS / 2 + 1;
const MINUTE_MS = 60_000;

const NOTES: Readonly<Record<string, string>> = {
  mean: "baseline",
  median: "baseline",
};

const RECORD = [
  '{"user": "u00042", "start": "2023-06-12T20:15:00Z", "platform": "ios",',
  '"device": "iPhone 14", "appVersion": "4.1", "network": "wifi",',
  '"battery": 0.4, "charging": false, "sinceLast": 240}',
].join("\n       ");

export function sessionsScenario(): Scenario {
  const options = { n: SESSIONS, users: DEFAULT_USERS, seed: 1, thenAt: THEN_AT };
  const examples = [...generateExamples(GENERATOR, options, { source: "/phones" })];
  const watch = watchSessions(GENERATOR.pipeline, examples, THEN_AT);
  return {
    pipeline: GENERATOR.pipeline,
    examples,
    begins: `${count(SESSIONS)} sessions of ${count(DEFAULT_USERS)} users of an app start, and end`,
    see: watch.see,
    report: (outcome, output) => [
      ...outcomeLines(outcome, { what: "labelled sessions", when: "their start" }, output),
      ...wrap(phoneText(examples), columnsOf(output)),
      "",
      ...modelTable(outcome, NOTES, output),
      "",
      ...changeLines(outcome, watch, output),
    ],
    json({ scores, labelled }) {
      const { labelsLost, sentTwice, outOfOrder } = countPhones(examples, endOf);
      const { drift, restarted } = watch;
      const mae = Object.fromEntries(Object.keys(scores.models).map((model) => [model, watch.errorsOf(model)]));
      const change = { at: THEN_AT, what: CHANGE, drift, restarted, mae };
      return { sessions: SESSIONS, users: DEFAULT_USERS, labelled, labelsLost, sentTwice, outOfOrder, change };
    },
    tries: (url, { palette: { quiet } }) => [
      quiet("# a session starts: 202 means that it is on disk"),
      ...observe({ url, pipeline: GENERATOR.pipeline, id: "S-1", record: RECORD }),
      "",
      quiet("# how long will it last? for a caller who waits"),
      `curl ${url}/v2/models/${GENERATOR.pipeline}/infer \\`,
      `  -d '{"inputs": ${RECORD}}'`,
      "",
      quiet("# it has ended: the prediction of its start is scored, and it is learned"),
      `curl -i ${url}/ -H 'content-type: application/json' \\`,
      "  -H 'ce-specversion: 1.0' -H 'ce-type: dev.wadi.label' -H 'ce-subject: S-1' \\",
      `  -H 'ce-source: /me' -H 'ce-id: S-1-end' -H 'ce-pipeline: ${GENERATOR.pipeline}' \\`,
      `  -d '{"minutes": 12.5}'`,
      "",
      quiet("# a thousand sessions more"),
      `${programName()} emit --generate ${GENERATOR.pipeline}${urlOption(url)}`,
    ],
  };
}

/** Text breaks where the terminal ends, and nowhere else than a line that can be read does. */
function columnsOf(output: Output): number {
  return Math.min(output.room(), 120);
}

/** When the session ended, by its label; epoch milliseconds. */
function endOf({ at, label }: Example): number {
  const { minutes = 0 } = (label?.event.data ?? {}) as { minutes?: number };
  return at + minutes * MINUTE_MS;
}

function phoneText(examples: readonly Example[]): string {
  const { labelsLost, sentTwice, outOfOrder, medianWait, longestWait } = countPhones(examples, endOf);
  return (
    `As from phones: a label came ${duration(medianWait)} after the start of its session in the median, ${duration(longestWait)} at most; ` +
    `${count(outOfOrder)} came after that of a session which ended later; ${plural(labelsLost, "label")} ` +
    `(${percent(labelsLost, examples.length)}) never came; ${plural(sentTwice, "event")} came twice and taught nothing twice.`
  );
}

function changeLines({ scores, serve }: DemoOutcome, watch: SessionWatch, output: Output): readonly string[] {
  const { palette, signs } = output;
  const columns = columnsOf(output);
  const figure = (value: number | undefined) => (value === undefined ? "-" : fixed(value, 2));
  const rows = Object.keys(scores.models).map((model) => {
    const { before, after, end } = watch.errorsOf(model);
    const name = `${model === serve ? signs.serves : " "} ${model}`;
    const cells = [name, figure(before), figure(after), figure(end)];
    return model === serve ? cells.map((cell) => palette.strong(cell)) : cells;
  });
  const right = "right" as const;
  const [titles = "", ...lines] = table(
    [
      { title: "  MAE in minutes" },
      { title: "24 hours before", align: right },
      { title: `${count(JUST_AFTER)} sessions after`, align: right },
      { title: "last 24 hours", align: right },
    ],
    rows,
  );
  return [
    ...wrap(`From session ${count(THEN_AT)} on ${CHANGE}:`, columns),
    ...storyOf(watch).flatMap((text) => wrap(text, columns - 2).map((line, i) => `${i === 0 ? "- " : "  "}${line}`)),
    "",
    palette.quiet(titles),
    ...lines,
  ];
}

/** What detectors told, and which model began anew. */
function storyOf({ drift, restarted, learnedAtChange }: SessionWatch): readonly string[] {
  const since = (learned: number) => {
    const after = learned - learnedAtChange;
    return after < 0 ? `${count(-after)} before the change` : `${count(after)} after the change`;
  };
  const told = drift
    .filter(({ change }) => change === "rise")
    .map(({ at, model, detector, challenger }) => ({
      at,
      text: `${detector} told that the error of ${model} rose at example ${count(at)}, ${since(at)}${challenger === undefined ? "" : `: ${challenger} began to learn beside it`}`,
    }));
  const anew = restarted.map(({ learned, model, challenger, why }) => ({
    at: learned,
    text: `${challenger} replaced ${model} at example ${count(learned)}, ${since(learned)}: ${why}`,
  }));
  if (told.length === 0) return ["no drift was told"];
  return [...told, ...anew].sort((a, b) => a.at - b.at).map(({ text }) => text);
}
