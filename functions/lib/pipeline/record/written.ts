// Avro records as others wrote them. avsc reads a long as a number, and refuses a whole record for one past 2^53, such as a
// time in nanoseconds, whether or not anybody wants that field; it also refuses schemas for defaults that reading never uses.

import avsc from "avsc";

const LONGEST_BYTES = 10;
/** So many bytes of seven bits are a number without loss. */
const NUMBER_BYTES = 7;

function read(bytes: Uint8Array): number | bigint {
  if (bytes.length <= NUMBER_BYTES) {
    let code = 0;
    for (let i = bytes.length - 1; i >= 0; i--) code = code * 128 + ((bytes[i] as number) & 0x7f);
    return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
  }
  if (bytes.length > LONGEST_BYTES || (bytes.length === LONGEST_BYTES && (bytes.at(-1) as number) > 1)) {
    throw new Error("a long has more than 64 bits");
  }
  let code = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) code = (code << 7n) | BigInt((bytes[i] as number) & 0x7f);
  const long = (code >> 1n) ^ -(code & 1n);
  return Number.isSafeInteger(Number(long)) ? Number(long) : long;
}

function readsOnly(): never {
  throw new Error("longs are only read");
}

/** Read as a number where that is exact, else as a bigint. */
const EXACT_LONG = avsc.types.LongType.__with(
  {
    fromBuffer: read,
    ...{ toBuffer: readsOnly, fromJSON: readsOnly, toJSON: readsOnly, isValid: readsOnly, compare: readsOnly },
  },
  true,
);

/** By Avro's rules of schema resolution a writer's defaults, aliases and orders take no part in reading. */
function readingPart(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(readingPart);
  if (typeof schema !== "object" || schema === null) return schema;
  const {
    default: _default,
    aliases: _aliases,
    order: _order,
    type,
    fields,
    ...rest
  } = schema as Readonly<Record<string, unknown>>;
  return { ...rest, type: readingPart(type), ...(Array.isArray(fields) && { fields: fields.map(readingPart) }) };
}

/**
 * The type that reads what was written under this schema. @throws Error where it is no Avro schema.
 * Of a union whose branches avsc cannot tell apart (two records, a long and a double) it reads `{ <branch>: value }`.
 */
export function typeAsWritten(schema: unknown): avsc.Type {
  const typeHook = (part: unknown): avsc.Type | undefined => {
    const isLong = part === "long" || (part as { readonly type?: unknown } | null)?.type === "long";
    return isLong ? EXACT_LONG : undefined;
  };
  // A registry of its own: the names in a schema are nobody else's.
  return avsc.Type.forSchema(readingPart(schema) as never, { wrapUnions: "auto", registry: {}, typeHook } as never);
}
