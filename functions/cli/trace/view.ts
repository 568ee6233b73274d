// The life of an observation, for people: a line a step, with the time since the step before.

import stringWidth from "string-width";
import type { Trace, TraceStep } from "../../admin/shapes/trace.ts";
import type { Served } from "../../lib/events/vocabulary.ts";
import { metricValue } from "../../lib/learners/metrics/title.ts";
import { predictionInShort } from "../../lib/learners/task.ts";
import { ago, moment, roughly } from "../../lib/times.ts";
import { explanationLines, intervalText, intervalTitle } from "../predict/told-view.ts";
import { type Fact, factLines } from "../terminal/facts.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

const LEAST_DETAIL = 28;

export function traceLines(trace: Trace, now: number, output: Output): readonly string[] {
  const { strong, quiet, bad } = output.palette;
  const name = `${printable(trace.subject)} ${quiet(`of ${printable(trace.pipeline)}`)}`;
  const { set, x, y, served, labelUntil, expiresAt } = trace;
  // What this Wadi served itself; what an older or newer one did is shown as far as it is the same.
  const told = (served ?? {}) as Partial<Served>;
  const facts: readonly Fact[] = [
    ["model set", set === undefined || set === trace.pipeline ? undefined : printable(set)],
    ["features", x === undefined ? undefined : valuesText(x)],
    ["served", served === undefined ? undefined : servedText(served)],
    ...(told.interval === undefined ? [] : [[intervalTitle(told.interval), intervalText(told.interval)] as const]),
    ["truth", y === undefined ? undefined : printable(String(y))],
    ["horizon", labelUntil === undefined ? undefined : `a label is joined until ${when(labelUntil, now)}`],
    ["kept", expiresAt === undefined ? undefined : keptText(when(expiresAt, now), labelUntil !== undefined)],
  ];
  const lines = factLines(facts, output);
  const { explanation } = told;
  return [
    ...wrap(`${strong(name)}: ${printable(trace.state)}`, output.room()),
    ...(trace.spoilt === undefined ? [] : wrap(`${bad("Mind:")} ${printable(trace.spoilt)}.`, output.room())),
    "",
    ...stepLines(trace.steps, output),
    ...(lines.length > 0 ? ["", ...lines] : []),
    ...(explanation === undefined ? [] : ["", ...explanationLines(explanation, told.model ?? "", output)]),
  ];
}

function keptText(until: string, waits: boolean): string {
  return `until ${until}, to recognise redeliveries${waits ? "; a late label is still joined until then" : ""}`;
}

function when(time: number, now: number): string {
  return `${moment(time)} (${ago(time, now)})`;
}

function stepLines(steps: readonly TraceStep[], { palette, room }: Output): readonly string[] {
  let before: number | undefined;
  const rows = steps.map(({ time, what }) => {
    const since = time === undefined || before === undefined ? "" : later(time - before);
    before = time ?? before;
    const paint = what === "dead-letter" ? palette.bad : what === "learned" ? palette.good : palette.strong;
    return [
      palette.quiet(time === undefined ? "" : moment(time)),
      palette.quiet(since),
      paint((what === "dead-letter" ? "given up" : what).padEnd(9)),
    ];
  });
  const columns = [{ title: "" }, { title: "", align: "right" as const }, { title: "" }];
  return table(columns, rows)
    .slice(1)
    .flatMap((line, i) => detailed(line, printable(steps[i]?.detail ?? ""), room()));
}

/** The detail beside its line, and below it where it needs more. */
function detailed(line: string, detail: string, room: number): readonly string[] {
  const beside = stringWidth(line) + 2;
  if (room - beside < LEAST_DETAIL) return [line, ...wrap(detail, room - 4).map((more) => `    ${more}`)];
  const [first = "", ...rest] = wrap(detail, room - beside);
  return [`${line}  ${first}`, ...rest.map((more) => " ".repeat(beside) + more)];
}

function later(ms: number): string {
  if (ms < 0) return "";
  return ms < 1000 ? `+${ms} ms` : `+${roughly(ms)}`;
}

function valuesText(values: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(values).map(([name, value]) => `${printable(name)} ${valueText(value)}`);
  return shown.join(", ");
}

function valueText(value: unknown): string {
  if (typeof value === "object" && value !== null) return `(${printable(predictionInShort(value as never))})`;
  return typeof value === "number"
    ? metricValue(value)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "")
    : printable(String(value));
}

function servedText(served: unknown): string {
  if (typeof served !== "object" || served === null) return printable(String(served));
  const { model, version, values } = served as { model?: unknown; version?: unknown; values?: unknown };
  if (typeof values !== "object" || values === null) return printable(JSON.stringify(served));
  const by = model === undefined ? "" : `, ${printable(String(model))} serves`;
  const at = version === undefined ? "" : `, version ${printable(String(version))}`;
  return `${valuesText(values as Record<string, unknown>)}${by}${at}`;
}
