// Drafts a pipeline for a table: what each column becomes, and why some are not used.

import { fieldNames, noColumn, type Rename } from "../../feed/rows/column-names.ts";
import type { ColumnFacts, CsvFacts } from "../../feed/rows/csv-columns.ts";
import type { DateOrder } from "../../feed/rows/dates.ts";
import { UsageError } from "../../lib/failure.ts";
import type { Task } from "../../lib/learners/task.ts";
import { LIMITS } from "../../lib/pipeline/file/schema.ts";
import { typesWord } from "../csv-dialect.ts";
import type { DraftFeature } from "./draft-feature.ts";
import { taskOf } from "./draft-task.ts";
import { createFeatureNames } from "./feature-names.ts";

export interface DraftField {
  readonly name: string;
  readonly type: "double" | "boolean" | "string" | "timestamp";
  readonly nullable: boolean;
  /** Why it is not a feature. */
  readonly remark?: string;
}

export interface Draft {
  readonly name: string;
  /** Undefined for an anomaly task without labels. */
  readonly target?: ColumnFacts;
  readonly task: Task;
  /** A field, as all names here but those of `emit`. */
  readonly time?: string;
  readonly fields: readonly DraftField[];
  readonly features: readonly DraftFeature[];
  /** The options for `emit`. */
  readonly emit: {
    readonly id?: string;
    readonly time?: string;
    /** Of the time, where it is written like `03/11/2026`; `unclear`: one of its dates, where no row tells. */
    readonly dates?: { readonly order: DateOrder; readonly unclear?: string };
    readonly rename: readonly Rename[];
    /** Of columns that are sent: those of another file might seem to be something else. */
    readonly types: readonly (readonly [column: string, type: "boolean" | "text"])[];
  };
  /** Columns that are not sent, with the reason. */
  readonly omitted: readonly { readonly name: string; readonly why: string }[];
}

export interface DraftOptions {
  readonly name: string;
  /** The column of the truth; an anomaly task needs none. */
  readonly target?: string;
  /** Default: as the target's column says. */
  readonly task?: Task;
  /** The column of the event time; the first that holds times where left out. */
  readonly time?: string;
}

const MAX_TEXT = 8_192;
const TOO_MANY = `a pipeline has ${LIMITS.features} features at most`;
/** `id`, `rental id`, `rentalId`, `order_key`. */
const ID_NAME = /(?:^|[^A-Za-z])(?:[Ii]d|ID|[Uu]uid|UUID|[Gg]uid|GUID|[Kk]ey|KEY)$|[a-z](?:Id|ID|Uuid|UUID|Guid|Key)$/;

/** @throws UsageError for a target or a time that cannot be one, with the reason. */
export function draftPipeline({ columns: found, rows }: CsvFacts, options: DraftOptions): Draft {
  const fieldOfColumn = fieldNames(found.map(({ name }) => name));
  const columns = found.map((column): Column => {
    return { ...column, column: column.name, name: fieldOfColumn.get(column.name) ?? column.name };
  });
  const { target, task } = findTarget(columns, options);
  const time = findTime(columns, target, options);
  const id = columns.find((column) => column !== target && column !== time && namesTheRow(column, rows));
  const omitted: { name: string; why: string }[] = [];
  const kept: Column[] = [];
  for (const column of columns) {
    const why = column === id ? "it names the row, and becomes the event's id" : whyOmitted(column, kept.length);
    if (why === undefined || column === target) kept.push(column);
    else omitted.push({ name: column.column, why });
  }
  const features: DraftFeature[] = time === undefined ? [] : [...timeFeatures(time)];
  const fields = kept.map((column): DraftField => {
    const field = fieldOf(column, column === time);
    if (column === target) return { ...field, nullable: true };
    const seen = column === time ? [] : featuresOf(column, field, rows, task);
    if (typeof seen === "string") return { ...field, remark: seen };
    if (features.length + seen.length > LIMITS.features) return { ...field, remark: TOO_MANY };
    features.push(...seen);
    return field;
  });
  if (features.length === 0) {
    throw new UsageError(
      "no column can become a feature: a pipeline needs a number, true and false, few different texts, or a time (2026-01-31T08:30:00Z) beside its target",
    );
  }
  return {
    name: options.name,
    ...(target !== undefined && { target }),
    task,
    ...(time !== undefined && { time: time.name }),
    fields,
    features: createFeatureNames().give(features),
    emit: {
      ...(id !== undefined && { id: id.column }),
      ...(time !== undefined && { time: time.column }),
      ...(time?.dates !== undefined && {
        dates: { order: time.dates, ...(time.unclearDate !== undefined && { unclear: time.unclearDate }) },
      }),
      types: kept.flatMap(({ column, fragile }) => (fragile === undefined ? [] : [[column, fragile] as const])),
      rename: kept.flatMap(({ column, name }): readonly Rename[] => (column === name ? [] : [[column, name]])),
    },
    omitted,
  };
}

/** `name` is that of its field. */
interface Column extends ColumnFacts {
  readonly column: string;
}

/** A column may be named by its field, too. @throws UsageError. */
function findColumn(flag: string, columns: readonly Column[], name: string): Column {
  const found = columns.find((one) => one.column === name) ?? columns.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw noColumn(
    flag,
    name,
    columns.map(({ column }) => column),
  );
}

interface Found {
  readonly target?: Column;
  readonly task: Task;
}

function findTarget(columns: readonly Column[], { target: name, task: asked }: DraftOptions): Found {
  if (name === undefined) return { task: "anomaly" };
  const target = findColumn("--target", columns, name);
  const { column, spoilt } = target;
  if (spoilt?.type === "number") {
    const cell = JSON.stringify(spoilt.cell.slice(0, 40).toWellFormed());
    throw new UsageError(
      `--target: ${column} is read as text because of line ${spoilt.line} (${cell}); correct or empty such cells`,
    );
  }
  const task = taskOf(target);
  if (asked === "anomaly" && task === "binary") return { target, task: asked };
  if (typeof task === "string" && asked !== undefined && asked !== task) throw otherTask(column, task, asked);
  if (typeof task === "string") return { target, task };
  throw new UsageError(`--target: ${column} ${task.why}; name another column`);
}

function otherTask(column: string, task: Task, asked: Task): UsageError {
  const needs = asked === "anomaly" ? "the labels of an anomaly task are true or false" : `--task says ${asked}`;
  return new UsageError(
    `--target: ${column} is what a ${task} task predicts, and ${needs}; name another column, or leave one of the two out`,
  );
}

function findTime(columns: readonly Column[], target: Column | undefined, { time }: DraftOptions): Column | undefined {
  const isFit = (one: Column) => one.time !== undefined && !one.gaps && one !== target;
  if (time === undefined) return columns.find(isFit);
  const column = findColumn("--time", columns, time);
  if (isFit(column)) return column;
  throw new UsageError(
    `--time: ${time} does not hold a time in every row; write 2026-01-31T08:30:00Z or epoch milliseconds, or leave --time out`,
  );
}

/** An identifier: nothing to learn from. */
function namesTheRow({ column, unique, type, time, longest }: Column, rows: number): boolean {
  if (!unique || time !== undefined) return false;
  if (ID_NAME.test(column)) return true;
  return type === "text" && rows >= 20 && longest <= 64;
}

function whyOmitted({ type, longest, nothing, column }: Column, kept: number): string | undefined {
  if (nothing !== undefined) {
    return `it has nothing but ${nothing}; --types ${typesWord([[column, "text"]])} takes it as text`;
  }
  if (type === "empty") return "it is empty";
  if (longest > MAX_TEXT) return `texts of up to ${longest} characters are too long`;
  return kept >= LIMITS.fields - 1 ? `a pipeline has ${LIMITS.fields} fields at most` : undefined;
}

function fieldOf(column: ColumnFacts, isTime: boolean): DraftField {
  const { name, gaps: nullable } = column;
  const timestamp = isTime || (column.time?.zoned === true && !nullable);
  if (timestamp) return { name, type: "timestamp", nullable };
  const type = column.type === "number" ? "double" : column.type === "boolean" ? "boolean" : "string";
  return { name, type, nullable };
}

/** The features of a column, or in words why it has none. */
function featuresOf(column: Column, { type }: DraftField, rows: number, task: Task): readonly DraftFeature[] | string {
  const { name, values, spoilt } = column;
  if (column.time !== undefined) return "another time: use it as hour-of-day or day-of-week";
  if (type === "boolean") return [{ from: name, as: "boolean" }];
  if (values === 1) return "it is the same in every row";
  if (type === "double") {
    // All different, and named like an id.
    if (ID_NAME.test(column.column) && values >= Math.min(rows, 20)) return "it looks like a name for the row";
    return [{ from: name, as: "number" }];
  }
  if (spoilt?.type === "number") return `it is text because of line ${spoilt.line}: correct or empty such cells`;
  if (column.unique && rows >= 20) return "no two values are the same: it names the row, and says nothing about it";
  const few = values <= 20 ? values < Math.max(2, rows) || rows < 20 : values <= 500 && rows / values >= 5;
  if (few && task === "anomaly") return "half-space trees look at numbers alone";
  if (few) return [{ from: name, as: "one-hot" }];
  return `${values > 500 ? "many" : values} different texts: try { from: ${name}, as: hash }`;
}

function timeFeatures({ name, time }: ColumnFacts): readonly DraftFeature[] {
  const day: DraftFeature = { from: name, as: "day-of-week" };
  // Days without hours are all at midnight.
  return time?.hours === true ? [{ from: name, as: "hour-of-day" }, day] : [day];
}
