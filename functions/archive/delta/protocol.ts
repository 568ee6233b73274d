// Which tables may be read and written here. Another one is refused with the reason: what is not understood is not touched.

import { ConfigurationError } from "../../lib/errors.ts";
import type { Metadata, Protocol } from "./actions.ts";

/** Of tables that are made here. Duties of a writer: `delta.appendOnly`, and invariants, of which there are none. */
export const PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 };

/** From these versions on, what a table needs is listed by name. */
const FEATURES = { reader: 3, writer: 7 };
const KNOWN_TO_READERS: readonly string[] = [];
const KNOWN_TO_WRITERS: readonly string[] = ["appendOnly", "invariants"];

/** @throws ConfigurationError. */
export function checkProtocol(protocol: Protocol, where: string): void {
  const { minReaderVersion: reader, minWriterVersion: writer, readerFeatures = [], writerFeatures = [] } = protocol;
  const refuse = (why: string) => {
    throw new ConfigurationError(`the table ${where} is not one that Wadi can write: ${why}; name another folder`);
  };
  const features = [...readerFeatures, ...writerFeatures];
  if (features.some((feature) => /^catalog(Managed|Owned)/.test(feature))) {
    refuse("a catalog commits to it (catalogManaged), so files in its folder are no commits");
  }
  const unknown = [
    ...readerFeatures.filter((one) => !KNOWN_TO_READERS.includes(one)),
    ...writerFeatures.filter((one) => !KNOWN_TO_WRITERS.includes(one)),
  ];
  if (unknown.length > 0) refuse(`it needs ${[...new Set(unknown)].join(", ")}, which is not known here`);
  if (reader > PROTOCOL.minReaderVersion && reader !== FEATURES.reader) {
    refuse(`it needs a reader of version ${reader}, and this is one of version ${PROTOCOL.minReaderVersion}`);
  }
  if (writer > PROTOCOL.minWriterVersion && writer !== FEATURES.writer) {
    refuse(`it needs a writer of version ${writer}, and this is one of version ${PROTOCOL.minWriterVersion}`);
  }
}

export interface Field {
  readonly name: string;
  /** `string`, `timestamp`, `integer`, `long`, `binary`, `date`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export function schemaString(fields: readonly Field[]): string {
  return JSON.stringify({ type: "struct", fields });
}

/**
 * The table has these fields of these types and is partitioned so. It may have others where a row needs none of them.
 * @throws ConfigurationError.
 */
export function checkSchema(
  metadata: Metadata,
  wanted: readonly Field[],
  partitionColumns: readonly string[],
  where: string,
): void {
  const refuse = (why: string) => {
    throw new ConfigurationError(`the table ${where} is another one: ${why}; name another folder`);
  };
  if (metadata.format?.provider !== undefined && metadata.format.provider !== "parquet") refuse("it is not of Parquet");
  if (metadata.partitionColumns.join() !== partitionColumns.join()) {
    const theirs = metadata.partitionColumns.join(", ") || "nothing";
    refuse(`it is partitioned by ${theirs}, not by ${partitionColumns.join(", ")}`);
  }
  const fields = fieldsOf(metadata);
  for (const { name, type } of wanted) {
    const theirs = fields.find((field) => field.name === name);
    if (theirs === undefined) refuse(`it has no column ${name}`);
    else if (theirs.type !== type) refuse(`its column ${name} is of type ${JSON.stringify(theirs.type)}, not ${type}`);
  }
  for (const { name, nullable, metadata: about } of fields) {
    if (!nullable && !wanted.some((field) => field.name === name)) refuse(`its column ${name} may not be empty`);
    const rules = Object.keys(about ?? {}).filter((key) =>
      /^delta\.(invariants|generationExpression|identity)/.test(key),
    );
    if (rules.length > 0) refuse(`its column ${name} has rules (${rules.join(", ")}) that are not kept here`);
  }
}

function fieldsOf({ schemaString: text }: Metadata): readonly Field[] {
  try {
    const { fields } = JSON.parse(text) as { fields?: unknown };
    return Array.isArray(fields) ? (fields as Field[]) : [];
  } catch {
    return []; // then it has no column that is asked for, and is refused
  }
}
