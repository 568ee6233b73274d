// The columns of the archive: one row for each event that was accepted, as it lies in the log.
//
//   C1  An event can be had again from its row, to the byte that the log has: attributes with their types, data as bytes.
//   C2  log, partition and offset together name a row for good: no two rows have the same.
//   C3  A new column is one that may be empty: rows of before have none.

import type { Column, SchemaElement } from "./delta/parquet.ts";
import type { Definition } from "./delta/table.ts";

type Kind = "string" | "timestamp" | "integer" | "long" | "binary";

interface ColumnSpec {
  readonly kind: Kind;
  readonly nullable: boolean;
  readonly comment: string;
}

const needed = (kind: Kind, comment: string): ColumnSpec => ({ kind, nullable: false, comment });
const optional = (kind: Kind, comment: string): ColumnSpec => ({ kind, nullable: true, comment });

/** In the order in which they are written. */
export const COLUMNS = {
  id: needed("string", "of the event"),
  source: needed("string", "of the event"),
  type: needed("string", "of the event"),
  subject: optional("string", "of the event"),
  dataschema: optional("string", "of the event"),
  datacontenttype: optional("string", "how data is to be read; JSON where there is none"),
  time: optional("timestamp", "of the event"),
  timetext: optional("string", "time as the event has it, where that is not YYYY-MM-DDThh:mm:ss.sssZ"),
  recordedtime: needed("timestamp", "when the log took the event in"),
  log: needed("string", "which log it was"),
  partition: needed("integer", "of the log"),
  offset: needed("long", "in the partition"),
  extensions: needed("string", "all other attributes, as a JSON object"),
  data: optional("binary", "as the log has it"),
} as const satisfies Record<string, ColumnSpec>;

export type ColumnName = keyof typeof COLUMNS;

/** Timestamps are microseconds since the epoch. */
export interface Row extends Readonly<Record<ColumnName, unknown>> {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  readonly dataschema: string | null;
  readonly datacontenttype: string | null;
  readonly time: bigint | null;
  readonly timetext: string | null;
  readonly recordedtime: bigint;
  readonly log: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly extensions: string;
  readonly data: Uint8Array | null;
}

/** Day of acceptance in UTC, and the pipeline where it is one that this Wadi has. */
const PARTITION_COLUMNS = ["day", "pipeline"] as const;

const entries = Object.entries(COLUMNS);

export const ARCHIVE: Definition = {
  name: "wadi-archive",
  description: "Every event that Wadi accepted, once for each entry of its log",
  partitionColumns: PARTITION_COLUMNS,
  // None of a person: what is in the table's log cannot be erased.
  statsColumns: ["offset", "recordedtime"],
  fields: [
    ...entries.map(([name, { kind, nullable, comment }]) => ({ name, type: kind, nullable, metadata: { comment } })),
    { name: "day", type: "date", nullable: false, metadata: { comment: "on which the event was accepted, UTC" } },
    {
      name: "pipeline",
      type: "string",
      nullable: true,
      metadata: { comment: "none for a name that Wadi does not know" },
    },
  ],
};

const PHYSICAL: Readonly<Record<Kind, Omit<SchemaElement, "name">>> = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  timestamp: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
  integer: { type: "INT32" },
  long: { type: "INT64" },
  binary: { type: "BYTE_ARRAY" },
};

/** Numbers that rise from row to row. */
export function encodingOf(name: ColumnName): Column["encoding"] {
  const { kind } = COLUMNS[name];
  return kind === "long" || kind === "timestamp" ? "DELTA_BINARY_PACKED" : undefined;
}

/** Of a file: the partition columns are not in it. */
export const FILE_SCHEMA: readonly SchemaElement[] = [
  { name: "root", num_children: entries.length },
  ...entries.map(
    ([name, { kind, nullable }]): SchemaElement => ({
      name,
      ...PHYSICAL[kind],
      repetition_type: nullable ? "OPTIONAL" : "REQUIRED",
    }),
  ),
];
