// Predictions, for people.

import type { Explanation, Interval } from "../../lib/events/vocabulary.ts";
import { count, duration } from "../../lib/figures.ts";
import { metricValues } from "../../lib/learners/metrics/title.ts";
import { sharesInShort, tasks } from "../../lib/learners/task.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import { explanationLines, intervalText, intervalTitle } from "./told-view.ts";

interface Tensor {
  readonly name: string;
  readonly data: readonly unknown[];
}

/** An answer of the Open Inference Protocol, version 2. */
export interface Inferred {
  readonly model_name: string;
  /** Absent where the records belong to several model sets. */
  readonly model_version?: string;
  readonly parameters?: { readonly stale?: unknown; readonly staleness_ms?: unknown; readonly interval?: number };
  readonly outputs: readonly Tensor[];
}

export function isInferred(value: unknown): value is Inferred {
  const { model_name, outputs } = (value ?? {}) as Partial<Inferred>;
  return typeof model_name === "string" && Array.isArray(outputs) && outputs.every(({ data }) => Array.isArray(data));
}

const OF_MODEL = "model:";
/** What a class may be called. */
const CLASSES: readonly string[] = [
  ...new Set(Object.values(tasks).flatMap(({ classes }) => (classes === undefined ? [] : [classes.name]))),
];

export function predictionLines(answer: Inferred, records: number, output: Output): readonly string[] {
  const heading =
    output.palette.quiet(headingOf(answer, column(answer, "set"))) + output.palette.warn(staleText(answer));
  return [heading, ...(records > 1 ? manyLines(answer, records, output) : oneLines(answer, output))];
}

const right = (title: string): Column => ({ title, align: "right" });

function column({ outputs }: Inferred, name: string): readonly unknown[] {
  return outputs.find((one) => one.name === name)?.data ?? [];
}

function modelsOf({ outputs }: Inferred): readonly string[] {
  return outputs.flatMap(({ name }) => (name.startsWith(OF_MODEL) ? [name.slice(OF_MODEL.length)] : []));
}

function manyLines(answer: Inferred, records: number, output: Output): readonly string[] {
  const { palette, signs } = output;
  const champion = String(column(answer, "champion")[0] ?? "");
  const sets = answer.model_version === undefined ? column(answer, "set") : [];
  const told = [...CLASSES, "lower", "upper", "classes"].filter((name) => column(answer, name).length > 0);
  const models = modelsOf(answer);
  const columns = [
    right("record"),
    ...(sets.length === 0 ? [] : [{ title: "set", cut: true }]),
    right("prediction"),
    ...told.map((title): Column => ([...CLASSES, "classes"].includes(title) ? { title } : right(title))),
    ...models.map((name) => ({ ...right(`${name === champion ? `${signs.serves} ` : ""}${name}`), optional: true })),
  ];
  const cells = ["prediction", ...told, ...models.map((name) => OF_MODEL + name)].map((name) =>
    cellTexts(answer, name),
  );
  const rows = Array.from({ length: records }, (_, row) => [
    count(row + 1),
    ...(sets.length === 0 ? [] : [printable(String(sets[row]))]),
    ...cells.map((values, i) => (i === 0 ? palette.strong(values[row] ?? "-") : (values[row] ?? "-"))),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  const notes = new Set(column(answer, "interval_note").filter((note) => typeof note === "string"));
  return [
    palette.quiet(titles),
    ...lines,
    ...[...notes].flatMap((note) =>
      wrap(palette.quiet(`where there is no interval: ${printable(note)}`), output.room()),
    ),
    ...(column(answer, "explanation").length === 0
      ? []
      : [palette.quiet("explanations: --json has them; of one record alone they are shown here")]),
  ];
}

function oneLines(answer: Inferred, output: Output): readonly string[] {
  const { palette, signs } = output;
  const champion = String(column(answer, "champion")[0] ?? "");
  const models = modelsOf(answer);
  const called = CLASSES.find((name) => column(answer, name).length > 0) ?? "class";
  const classes = cellTexts(answer, called);
  const values = valueTexts(models.map((name) => column(answer, OF_MODEL + name)[0]));
  const rows = models.map((name, row) => {
    const serves = name === champion;
    const said = classes.length === 0 ? "serves" : `serves: ${called === "class" ? "" : `${called} `}${classes[0]}`;
    const cells = [`${serves ? signs.serves : " "} ${printable(name)}`, values[row] ?? "-", serves ? said : ""];
    return serves ? cells.map((cell) => palette.strong(cell)) : cells;
  });
  const columns = [{ title: "  model" }, right("prediction"), { title: "" }];
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  const interval = intervalOf(answer);
  const explanation = column(answer, "explanation")[0];
  return [
    palette.quiet(titles),
    ...lines,
    ...(interval === undefined
      ? []
      : ["", ...wrap(`${palette.strong(intervalTitle(interval))}  ${intervalText(interval)}`, output.room())]),
    ...(typeof explanation === "string"
      ? ["", ...explanationLines(JSON.parse(explanation) as Explanation, champion, output)]
      : []),
  ];
}

/** Of the first row, from its outputs; undefined where none was asked for. */
function intervalOf(answer: Inferred): Interval | undefined {
  const level = answer.parameters?.interval;
  if (level === undefined) return undefined;
  const [lower, upper, classes, note] = ["lower", "upper", "classes", "interval_note"].map(
    (name) => column(answer, name)[0] ?? null,
  );
  if (typeof lower === "number" && typeof upper === "number") return { level, lower, upper };
  if (typeof classes === "string") return { level, classes: JSON.parse(classes) as string[] };
  return { level, none: String(note ?? "nothing is said of it") };
}

/** The set says more than the pipeline it belongs to, where all records are of one. */
function headingOf({ model_name, model_version }: Inferred, sets: readonly unknown[]): string {
  if (model_version === undefined) return `${printable(model_name)}, a model set for each record`;
  return `${printable(String(sets[0] ?? model_name))}, version ${count(Number(model_version))}`;
}

/** Nothing where the newest version answered. */
function staleText({ parameters }: Inferred): string {
  if (parameters?.stale !== true) return "";
  const age = typeof parameters.staleness_ms === "number" ? `, as it was ${duration(parameters.staleness_ms)} ago` : "";
  return `: the last known one${age}, because the store is away (wadi status)`;
}

/** A model without a finite answer says nothing: null. */
function valueTexts(values: readonly unknown[]): readonly string[] {
  const numbers = metricValues(values.map((value) => (typeof value === "number" ? value : undefined)));
  return values.map((value, i) => {
    if (typeof value === "boolean") return String(value);
    return typeof value === "string" ? printable(sharesText(value)) : (numbers[i] as string);
  });
}

/** Of an output: values, a class, or classes as a JSON list. */
function cellTexts(answer: Inferred, name: string): readonly string[] {
  const values = column(answer, name);
  if (name === "class") return values.map((value) => (value === null ? "-" : printable(String(value))));
  if (name !== "classes") return valueTexts(values);
  return values.map((value) => {
    if (typeof value !== "string") return "-";
    return printable((JSON.parse(value) as unknown[]).join(", ")) || "none";
  });
}

/** Probabilities by label come as JSON. */
function sharesText(value: string): string {
  return value.startsWith("{") ? sharesInShort(JSON.parse(value) as Record<string, number>) : value;
}
