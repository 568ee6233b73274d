// Predictions, for people.

import { count, duration } from "../../lib/figures.ts";
import { sharesInShort, tasks } from "../../lib/learners/task.ts";
import { metricValues } from "../terminal/metric-title.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { type Column, table } from "../terminal/table.ts";

interface Tensor {
  readonly name: string;
  readonly data: readonly unknown[];
}

/** An answer of the Open Inference Protocol, version 2. */
export interface Inferred {
  readonly model_name: string;
  /** Absent where the records belong to several model sets. */
  readonly model_version?: string;
  readonly parameters?: { readonly stale?: unknown; readonly staleness_ms?: unknown };
  readonly outputs: readonly Tensor[];
}

export function isInferred(value: unknown): value is Inferred {
  const { model_name, outputs } = (value ?? {}) as Partial<Inferred>;
  return typeof model_name === "string" && Array.isArray(outputs) && outputs.every(({ data }) => Array.isArray(data));
}

const OF_MODEL = "model:";
/** What a class may be called. */
const CLASSES = Object.values(tasks).flatMap(({ classes }) => (classes === undefined ? [] : [classes.name]));

export function predictionLines(answer: Inferred, records: number, output: Output): readonly string[] {
  const { palette, signs } = output;
  const column = (name: string) => answer.outputs.find((one) => one.name === name)?.data ?? [];
  const champion = String(column("champion")[0] ?? "");
  const models = answer.outputs.flatMap(({ name }) => (name.startsWith(OF_MODEL) ? [name.slice(OF_MODEL.length)] : []));
  const called = CLASSES.find((name) => column(name).length > 0) ?? "class";
  const classes = column(called);
  const heading = palette.quiet(headingOf(answer, column("set"))) + palette.warn(staleText(answer));
  const right = (title: string): Column => ({ title, align: "right" });
  const room = { columns: output.room(), sign: signs.cut };
  if (records > 1) {
    const sets = answer.model_version === undefined ? column("set") : [];
    const columns = [
      right("record"),
      ...(sets.length === 0 ? [] : [{ title: "set", cut: true }]),
      right("prediction"),
      ...(classes.length === 0 ? [] : [{ title: called }]),
      ...models.map((name) => ({ ...right(`${name === champion ? `${signs.serves} ` : ""}${name}`), optional: true })),
    ];
    const cells = [
      "prediction",
      ...(classes.length === 0 ? [] : [called]),
      ...models.map((name) => OF_MODEL + name),
    ].map((name) => valueTexts(column(name)));
    const rows = Array.from({ length: records }, (_, row) => [
      count(row + 1),
      ...(sets.length === 0 ? [] : [printable(String(sets[row]))]),
      ...cells.map((values, i) => (i === 0 ? palette.strong(values[row] ?? "-") : (values[row] ?? "-"))),
    ]);
    const [titles = "", ...lines] = table(columns, rows, room);
    return [heading, palette.quiet(titles), ...lines];
  }
  const values = valueTexts(models.map((name) => column(OF_MODEL + name)[0]));
  const rows = models.map((name, row) => {
    const serves = name === champion;
    const said =
      classes.length === 0 ? "serves" : `serves: ${called === "class" ? "" : `${called} `}${valueTexts(classes)[0]}`;
    const cells = [`${serves ? signs.serves : " "} ${printable(name)}`, values[row] ?? "-", serves ? said : ""];
    return serves ? cells.map((cell) => palette.strong(cell)) : cells;
  });
  const columns = [{ title: "  model" }, right("prediction"), { title: "" }];
  const [titles = "", ...lines] = table(columns, rows, room);
  return [heading, palette.quiet(titles), ...lines];
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

/** Probabilities by label come as JSON. */
function sharesText(value: string): string {
  return value.startsWith("{") ? sharesInShort(JSON.parse(value) as Record<string, number>) : value;
}
