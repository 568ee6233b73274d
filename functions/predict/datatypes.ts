// Datatypes of the Open Inference Protocol: which values an element of each may have, and how its bytes are read.

export interface Datatype {
  readonly name: string;
  /** In words, for an error. */
  readonly takes: string;
  /** As JSON, or as `read` has it. */
  has(value: unknown): boolean;
  /** Bytes of an element; undefined for BYTES, whose elements have each a length of its own. */
  readonly size: number | undefined;
  /** An element's bytes, little endian. */
  read(view: DataView, at: number): unknown;
}

/** The length before each text of BYTES, as its bytes. */
export const TEXT_PREFIX_BYTES = 4;

type Read = (view: DataView, at: number) => unknown;

function integers(name: string, bits: number, least: bigint, most: bigint, read: Read): Datatype {
  return {
    name,
    takes: `whole numbers from ${least} to ${most}`,
    // A JSON number is a double, and 2 ** 63 - 1 is 2 ** 63 there: the limits are rounded as the value was.
    has: (value) => Number.isInteger(value) && Number(least) <= Number(value) && Number(value) <= Number(most),
    size: bits / 8,
    read,
  };
}

function unsigned(bits: number, read: Read): Datatype {
  return integers(`UINT${bits}`, bits, 0n, 2n ** BigInt(bits) - 1n, read);
}

function signed(bits: number, read: Read): Datatype {
  const half = 2n ** BigInt(bits - 1);
  return integers(`INT${bits}`, bits, -half, half - 1n, read);
}

/** `round`: to the nearest value of this precision, infinity where there is none. */
function floats(bits: number, most: string, round: (value: number) => number, read: Read): Datatype {
  return {
    name: `FP${bits}`,
    takes: `numbers from -${most} to ${most}`,
    has: (value) => typeof value === "number" && Number.isFinite(round(value)),
    size: bits / 8,
    read,
  };
}

const BOOL: Datatype = {
  name: "BOOL",
  takes: "true or false",
  has: (value) => typeof value === "boolean",
  size: 1,
  /** A number where it is neither. */
  read(view, at) {
    const byte = view.getUint8(at);
    return byte > 1 ? byte : byte === 1;
  },
};

const BYTES: Datatype = {
  name: "BYTES",
  takes: "text",
  has: (value) => typeof value === "string",
  size: undefined,
  read: () => undefined,
};

const ALL: readonly Datatype[] = [
  BOOL,
  unsigned(8, (view, at) => view.getUint8(at)),
  unsigned(16, (view, at) => view.getUint16(at, true)),
  unsigned(32, (view, at) => view.getUint32(at, true)),
  // As JSON has it: a double.
  unsigned(64, (view, at) => Number(view.getBigUint64(at, true))),
  signed(8, (view, at) => view.getInt8(at)),
  signed(16, (view, at) => view.getInt16(at, true)),
  signed(32, (view, at) => view.getInt32(at, true)),
  signed(64, (view, at) => Number(view.getBigInt64(at, true))),
  floats(16, "65504", Math.f16round, (view, at) => view.getFloat16(at, true)),
  floats(32, "3.4028235e+38", Math.fround, (view, at) => view.getFloat32(at, true)),
  floats(64, "1.7976931348623157e+308", Number, (view, at) => view.getFloat64(at, true)),
  BYTES,
];

const BY_NAME: ReadonlyMap<unknown, Datatype> = new Map(ALL.map((datatype) => [datatype.name, datatype]));

export const DATATYPE_NAMES: readonly string[] = ALL.map(({ name }) => name);

/** Undefined for what is no datatype. */
export function datatypeOf(name: unknown): Datatype | undefined {
  return BY_NAME.get(name);
}
