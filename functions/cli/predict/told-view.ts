// What a prediction says on request, for people: its interval in a few words, its explanation in a table.

import type { ExplainedSum, Explanation, Interval } from "../../lib/events/vocabulary.ts";
import { count } from "../../lib/figures.ts";
import { metricValue, metricValues } from "../../lib/learners/metrics/title.ts";
import { sharesInShort } from "../../lib/learners/task.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

/** Of a classification it is a set of classes. */
export function intervalTitle(interval: Interval): string {
  return "classes" in interval ? "classes" : "interval";
}

/** `-20.1 to 44.9 (90 %)`. */
export function intervalText(interval: Interval): string {
  const share = `${Number((100 * interval.level).toPrecision(6))} %`;
  if ("none" in interval) return `none at ${share}: ${printable(interval.none)}`;
  if ("lower" in interval) {
    const [lower, upper] = metricValues([interval.lower, interval.upper]);
    return `${lower} to ${upper} (${share})`;
  }
  const names = interval.classes.map((name) => printable(String(name)));
  return `${names.length === 0 ? "no class is likely enough" : names.join(", ")} (${share})`;
}

/** @param model whose prediction it is. */
export function explanationLines(explanation: Explanation, model: string, output: Output): readonly string[] {
  const { palette, room } = output;
  const told = (text: string) => wrap(`${palette.strong("why")}  ${text}`, room());
  const of = printable(model);
  if (explanation.kind === "none") return told(`${of} has no explanation: ${printable(explanation.why)}`);
  if (explanation.kind === "sum") {
    const odds = `the log-odds of ${of}: its P(true) is 1 / (1 + e^-total)`;
    return [...told(explanation.unit === "target" ? `what ${of} adds up` : odds), ...sumLines(explanation, output)];
  }
  if (explanation.kind === "sums") {
    const { classes, otherClasses = 0 } = explanation;
    return [
      ...told(`the logarithm of each probability of ${of}: it is e^total`),
      ...classes.flatMap((sum) => [`  ${palette.strong(printable(sum.class))}`, ...sumLines(sum, output)]),
      ...(otherClasses > 0 ? [palette.quiet(`  and ${count(otherClasses)} less likely classes`)] : []),
    ];
  }
  return [...told(`the way through the tree of ${of}`), ...pathLines(explanation, output)];
}

const right = (title: string): Column => ({ title, align: "right" });

function sumLines({ contributions, others, intercept, total }: ExplainedSum, output: Output): readonly string[] {
  const added = [...contributions.map((one) => one.contribution), others?.contribution, intercept, total];
  const adds = metricValues(added);
  const values = metricValues(contributions.map(({ value }) => value));
  const at = contributions.length;
  const rows = [
    ...contributions.map(({ feature }, i) => [`  ${printable(feature)}`, values[i] ?? "", adds[i] ?? ""]),
    ...(others === undefined
      ? []
      : [[`  ${count(others.features)} ${others.features === 1 ? "other" : "others"}`, "", adds[at] ?? ""]]),
    ["  intercept", "", adds[at + 1] ?? ""],
    ["  total", "", adds[at + 2] ?? ""].map((cell) => output.palette.strong(cell)),
  ];
  return titled([{ title: "  feature", cut: true }, right("value"), right("adds")], rows, output);
}

function pathLines(path: Extract<Explanation, { kind: "path" }>, output: Output): readonly string[] {
  const { tests, otherTests = 0, leaf } = path;
  const rows = tests.map(({ feature, value, threshold, went }) => [
    `  ${printable(feature)}`,
    value === null ? "absent" : metricValue(value),
    `${went} ${metricValue(threshold)}`,
  ]);
  const said = typeof leaf.value === "number" ? metricValue(leaf.value) : sharesInShort(leaf.value ?? {});
  return [
    ...(otherTests > 0 ? [output.palette.quiet(`  after ${count(otherTests)} tests nearer to the root`)] : []),
    ...(rows.length === 0
      ? []
      : titled([{ title: "  feature", cut: true }, right("value"), { title: "went" }], rows, output)),
    `  ${output.palette.strong("leaf")}  ${printable(said)}, after ${count(leaf.n)} examples`,
  ];
}

function titled(columns: readonly Column[], rows: readonly (readonly string[])[], output: Output): readonly string[] {
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: output.signs.cut });
  return [output.palette.quiet(titles), ...lines];
}
