// A first pipeline for a table: what each column becomes, and why some become nothing.

import { suggestion } from "../lib/pipeline/nearest.ts";
import { LIMITS } from "../lib/pipeline/schema.ts";
import type { ColumnFacts, CsvFacts } from "./csv-columns.ts";
import { UsageError } from "./exit.ts";
import { createFeatureNames } from "./feature-names.ts";

export interface DraftField {
  readonly name: string;
  readonly type: "double" | "boolean" | "string" | "timestamp";
  readonly nullable: boolean;
  /** Why it is no feature. */
  readonly remark?: string;
}

export interface DraftFeature {
  readonly from: string;
  readonly as: "number" | "boolean" | "one-hot" | "hour-of-day" | "day-of-week";
  /** Where its usual name is no name, or taken. */
  readonly name?: string;
}

export interface Draft {
  readonly name: string;
  readonly target: ColumnFacts;
  readonly time?: string;
  readonly fields: readonly DraftField[];
  readonly features: readonly DraftFeature[];
  /** Columns that are not sent, with the reason. */
  readonly omitted: readonly { readonly name: string; readonly why: string }[];
}

export interface DraftOptions {
  readonly name: string;
  readonly target: string;
  /** The column of the event time; the first that holds times where left out. */
  readonly time?: string;
}

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const MAX_TEXT = 8_192;

/** @throws UsageError for a target or a time that cannot be one, with the reason. */
export function draftPipeline({ columns, rows }: CsvFacts, options: DraftOptions): Draft {
  const target = findTarget(columns, options.target);
  const time = findTime(columns, options);
  const omitted: { name: string; why: string }[] = [];
  const kept: ColumnFacts[] = [];
  for (const column of columns) {
    const why = whyOmitted(column, kept.length);
    if (why === undefined || column === target) kept.push(column);
    else omitted.push({ name: column.name, why });
  }
  const names = createFeatureNames();
  const features: DraftFeature[] = [];
  const fields = kept.map((column): DraftField => {
    const field = fieldOf(column, column === time);
    if (column === target) return { ...field, nullable: true };
    const seen = column === time ? [] : whatIsSeen(column, field, rows);
    if (typeof seen === "string") return { ...field, remark: seen };
    features.push(...seen);
    return field;
  });
  if (time !== undefined) features.unshift(...timeFeatures(time));
  const most = features.slice(0, LIMITS.features);
  if (most.length === 0) {
    throw new UsageError(
      "no column can become a feature: a pipeline needs a number, true and false, few different texts, or a time (2026-01-31T08:30:00Z) beside its target",
    );
  }
  return {
    name: options.name,
    target,
    ...(time !== undefined && { time: time.name }),
    fields,
    features: names.give(most),
    omitted,
  };
}

function findTarget(columns: readonly ColumnFacts[], name: string): ColumnFacts {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) {
    const known = columns.map((one) => one.name);
    throw new UsageError(`--target: there is no column ${JSON.stringify(name)}${suggestion(name, known)}`);
  }
  const why = whyNoField(name);
  if (why !== undefined) throw new UsageError(`--target: ${JSON.stringify(name)} ${why}; rename it in the header`);
  if (column.type === "number") return column;
  const reason = {
    empty: "has no value in any row; a model learns from the truth",
    boolean: "is true or false, and classification is not carried out yet: only numbers are predicted",
    text: "is text, and classification is not carried out yet: only numbers are predicted",
  }[column.type];
  throw new UsageError(`--target: ${name} ${reason}; name a column of numbers`);
}

function findTime(columns: readonly ColumnFacts[], { time, target }: DraftOptions): ColumnFacts | undefined {
  const isFit = (one: ColumnFacts) =>
    one.time !== undefined && !one.gaps && one.name !== target && FIELD_NAME.test(one.name);
  if (time === undefined) return columns.find((one) => isFit(one) && whyNoField(one.name) === undefined);
  const column = columns.find((one) => one.name === time);
  if (column === undefined) {
    throw new UsageError(
      `--time: there is no column ${JSON.stringify(time)}${suggestion(
        time,
        columns.map((one) => one.name),
      )}`,
    );
  }
  const why = whyNoField(time);
  if (why !== undefined) throw new UsageError(`--time: ${JSON.stringify(time)} ${why}; rename it in the header`);
  if (isFit(column)) return column;
  throw new UsageError(
    `--time: ${time} does not hold a time in every row; write 2026-01-31T08:30:00Z or epoch milliseconds, or leave --time out`,
  );
}

function whyNoField(name: string): string | undefined {
  if (!FIELD_NAME.test(name)) return "is no name for a field (letters, digits and underscores, no digit first)";
  return name in Object.prototype ? "is a name JavaScript uses" : undefined;
}

function whyOmitted({ name, type, longest }: ColumnFacts, kept: number): string | undefined {
  if (type === "empty") return "nothing stands in it";
  if (longest > MAX_TEXT) return `texts of up to ${longest} characters are too long`;
  if (kept >= LIMITS.fields - 1) return `a pipeline has ${LIMITS.fields} fields at most`;
  return whyNoField(name);
}

function fieldOf(column: ColumnFacts, isTime: boolean): DraftField {
  const { name, gaps: nullable } = column;
  const timestamp = isTime || (column.time?.zoned === true && !nullable);
  if (timestamp) return { name, type: "timestamp", nullable };
  const type = column.type === "number" ? "double" : column.type === "boolean" ? "boolean" : "string";
  return { name, type, nullable };
}

/** The features of a column, or in words why there are none. */
function whatIsSeen(column: ColumnFacts, { type }: DraftField, rows: number): readonly DraftFeature[] | string {
  const { name, values } = column;
  if (column.time !== undefined) return "another time: a model sees it only as hour-of-day or day-of-week";
  if (type === "boolean") return [{ from: name, as: "boolean" }];
  if (values === 1) return "it is the same in every row";
  if (type === "double") {
    // All different, and called so: it names a row, and says nothing about it.
    if (/(^|_)id$/i.test(name) && values >= Math.min(rows, 20)) return "it looks like a name for the row";
    return [{ from: name, as: "number" }];
  }
  const few = values <= 20 ? values < Math.max(2, rows) || rows < 20 : values <= 500 && rows / values >= 5;
  if (few) return [{ from: name, as: "one-hot" }];
  return `${values > 500 ? "many" : values} different texts: try { from: ${name}, as: hash }`;
}

function timeFeatures({ name, time }: ColumnFacts): readonly DraftFeature[] {
  const day: DraftFeature = { from: name, as: "day-of-week" };
  // Days without hours are all at midnight.
  return time?.hours === true ? [{ from: name, as: "hour-of-day" }, day] : [day];
}
