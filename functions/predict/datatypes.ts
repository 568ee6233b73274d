// Datatypes of the Open Inference Protocol, and which values an element of each may have.

export interface Datatype {
  /** In words, for an error. */
  readonly takes: string;
  has(value: unknown): boolean;
}

function integers(least: bigint, most: bigint): Datatype {
  return {
    takes: `whole numbers from ${least} to ${most}`,
    // A JSON number is a double, and 2 ** 63 - 1 is 2 ** 63 there: the limits are rounded as the value was.
    has: (value) => Number.isInteger(value) && Number(least) <= Number(value) && Number(value) <= Number(most),
  };
}

const unsigned = (bits: bigint) => integers(0n, 2n ** bits - 1n);
const signed = (bits: bigint) => integers(-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n);

/** `round`: to the nearest value of this precision, infinity where there is none. */
function floats(most: string, round: (value: number) => number): Datatype {
  return {
    takes: `numbers from -${most} to ${most}`,
    has: (value) => typeof value === "number" && Number.isFinite(round(value)),
  };
}

const DATATYPES: ReadonlyMap<string, Datatype> = new Map([
  ["BOOL", { takes: "true or false", has: (value) => typeof value === "boolean" }],
  ["UINT8", unsigned(8n)],
  ["UINT16", unsigned(16n)],
  ["UINT32", unsigned(32n)],
  ["UINT64", unsigned(64n)],
  ["INT8", signed(8n)],
  ["INT16", signed(16n)],
  ["INT32", signed(32n)],
  ["INT64", signed(64n)],
  ["FP32", floats("3.4028235e+38", Math.fround)],
  ["FP64", floats("1.7976931348623157e+308", (value) => value)],
  ["BYTES", { takes: "text", has: (value) => typeof value === "string" }],
]);

export const DATATYPE_NAMES: readonly string[] = [...DATATYPES.keys()];

/** Undefined for what is no datatype. */
export function datatypeOf(name: unknown): Datatype | undefined {
  return DATATYPES.get(name as string);
}
