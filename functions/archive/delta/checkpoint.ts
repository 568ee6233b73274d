// A checkpoint: all of a table's state in one Parquet file, so that a reader need not read the log from its beginning. It holds
// protocol, metaData, every file, every removed file that a reader of an older version may need, and every txn.
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints

import { ConfigurationError } from "../../lib/errors.ts";
import { type Action, checkAction, checkpointName, LOG } from "./actions.ts";
import type { Objects } from "./objects.ts";
import { readParquet, type SchemaElement, writeParquet } from "./parquet.ts";
import type { TableState } from "./state.ts";

/** A removed file is kept in mind for so long: Delta's default of `delta.deletedFileRetentionDuration`. */
export const REMOVED_MS = 7 * 86_400_000;

const KINDS = ["protocol", "metaData", "txn", "add", "remove"] as const;

/** @throws ConfigurationError for what is none. */
export async function readCheckpoint(content: Buffer, name: string): Promise<readonly Action[]> {
  const rows = await readParquet(content, name);
  return rows.map((row) => {
    const kept = KINDS.filter((kind) => row[kind] !== undefined && row[kind] !== null);
    const action = Object.fromEntries(kept.map((kind) => [kind, plain(row[kind])])) as Action;
    if ((action.add as { deletionVector?: unknown } | undefined)?.deletionVector !== undefined)
      throw new ConfigurationError(`${name}: deletion vectors are not known here; name another folder`);
    return checkAction(action, name);
  });
}

/** Numbers for bigints, and nothing for null, but within maps, where null is a value. */
function plain(value: unknown, isMap = false): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (Array.isArray(value)) return value.map((one) => plain(one));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => isMap || (one !== null && one !== undefined));
  return Object.fromEntries(entries.map(([key, one]) => [key, plain(one, key === "partitionValues")]));
}

/** Any number of writers may write one of the same version: it has the same content. */
export async function writeCheckpoint(objects: Objects, snapshot: TableState, now: number): Promise<void> {
  const { version, protocol, metadata } = snapshot;
  const actions: Action[] = [
    ...(protocol === undefined ? [] : [{ protocol }]),
    ...(metadata === undefined ? [] : [{ metaData: metadata }]),
    ...[...snapshot.txns.values()].map((txn) => ({ txn })),
    ...[...snapshot.files.values()].map((add) => ({ add })),
    ...[...snapshot.removed.values()]
      .filter(({ deletionTimestamp = 0 }) => deletionTimestamp > now - REMOVED_MS)
      .map((remove) => ({ remove })),
  ];
  const columns = KINDS.map((kind) => ({ name: kind, data: actions.map((action) => contentOf(action, kind)) }));
  const content = await writeParquet(SCHEMA, columns, 300);
  await objects.put(checkpointName(version), content);
  snapshot.checkpoint = version;
  const hint = { version, size: actions.length, sizeInBytes: content.length, numOfAddFiles: snapshot.files.size };
  await objects.put(`${LOG}_last_checkpoint`, Buffer.from(JSON.stringify(hint), "utf8"));
}

const big = (value: number | undefined) => (value === undefined ? undefined : BigInt(Math.trunc(value)));
const entries = (map: Readonly<Record<string, string | null>> | undefined) =>
  map && Object.entries(map).map(([key, value]) => ({ key, value }));

function contentOf({ protocol, metaData, txn, add, remove }: Action, kind: (typeof KINDS)[number]): unknown {
  switch (kind) {
    case "protocol":
      return protocol;
    case "metaData":
      return (
        metaData && {
          ...metaData,
          format: { provider: metaData.format.provider, options: entries(metaData.format.options ?? {}) },
          configuration: entries(metaData.configuration ?? {}),
          createdTime: big(metaData.createdTime),
        }
      );
    case "txn":
      return txn && { ...txn, version: big(txn.version), lastUpdated: big(txn.lastUpdated) };
    case "add":
      return (
        add && {
          ...add,
          partitionValues: entries(add.partitionValues),
          size: big(add.size),
          modificationTime: big(add.modificationTime),
          dataChange: false,
        }
      );
    default:
      return (
        remove && {
          ...remove,
          partitionValues: entries(remove.partitionValues),
          size: big(remove.size),
          deletionTimestamp: big(remove.deletionTimestamp),
          dataChange: false,
        }
      );
  }
}

type Repetition = "REQUIRED" | "OPTIONAL" | "REPEATED";

const group = (
  name: string,
  children: readonly SchemaElement[][],
  repetition: Repetition = "OPTIONAL",
): SchemaElement[] => [{ name, num_children: children.length, repetition_type: repetition }, ...children.flat()];
const text = (name: string, repetition: Repetition = "OPTIONAL"): SchemaElement[] => [
  { name, type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" }, repetition_type: repetition },
];
const long = (name: string, repetition: Repetition = "OPTIONAL"): SchemaElement[] => [
  { name, type: "INT64", repetition_type: repetition },
];
const integer = (name: string): SchemaElement[] => [{ name, type: "INT32", repetition_type: "REQUIRED" }];
const truth = (name: string, repetition: Repetition = "OPTIONAL"): SchemaElement[] => [
  { name, type: "BOOLEAN", repetition_type: repetition },
];
const map = (name: string, repetition: Repetition = "OPTIONAL"): SchemaElement[] => [
  { name, num_children: 1, repetition_type: repetition, converted_type: "MAP", logical_type: { type: "MAP" } },
  ...group("key_value", [text("key", "REQUIRED"), text("value")], "REPEATED"),
];
const list = (name: string): SchemaElement[] => [
  { name, num_children: 1, repetition_type: "OPTIONAL", converted_type: "LIST", logical_type: { type: "LIST" } },
  ...group("list", [text("element", "REQUIRED")], "REPEATED"),
];

const SCHEMA: readonly SchemaElement[] = [
  { name: "root", num_children: KINDS.length },
  ...group("protocol", [
    integer("minReaderVersion"),
    integer("minWriterVersion"),
    list("readerFeatures"),
    list("writerFeatures"),
  ]),
  ...group("metaData", [
    text("id", "REQUIRED"),
    text("name"),
    text("description"),
    group("format", [text("provider", "REQUIRED"), map("options", "REQUIRED")], "REQUIRED"),
    text("schemaString", "REQUIRED"),
    list("partitionColumns"),
    map("configuration", "REQUIRED"),
    long("createdTime"),
  ]),
  ...group("txn", [text("appId", "REQUIRED"), long("version", "REQUIRED"), long("lastUpdated")]),
  ...group("add", [
    text("path", "REQUIRED"),
    map("partitionValues", "REQUIRED"),
    long("size", "REQUIRED"),
    long("modificationTime", "REQUIRED"),
    truth("dataChange", "REQUIRED"),
    text("stats"),
  ]),
  ...group("remove", [
    text("path", "REQUIRED"),
    long("deletionTimestamp"),
    truth("dataChange", "REQUIRED"),
    truth("extendedFileMetadata"),
    map("partitionValues"),
    long("size"),
  ]),
];
