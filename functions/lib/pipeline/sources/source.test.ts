import { readFileSync } from "node:fs";
import avsc from "avsc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigurationError, RejectedError } from "../../errors.ts";
import { writeMessage } from "../../events/kafka-binding.ts";
import { parsePipeline } from "../parse.ts";
import { MAX_SCHEMAS, REFUSAL_MS } from "./avro.ts";
import { MAX_RECORD_BYTES, readRecordEvent, recordEvent, type TopicRecord } from "./record.ts";

const flights = readFileSync(new URL("../../../../helm/pipelines/flights.yaml", import.meta.url), "utf8");
const line = readFileSync(new URL("../../../../helm/pipelines/line.yaml", import.meta.url), "utf8");
const withSources = (sources: unknown, file = flights) =>
  parsePipeline(`${file}\nsources: ${JSON.stringify(sources)}\n`, "f.yaml");

const OBSERVATION = { date: "2001-01-01T08:30:00Z", distance: 1750, origin: "DTW", destination: "LAS" };
const TIME = Date.UTC(2026, 0, 31, 8, 30);

function record(value: unknown, more: Partial<TopicRecord> = {}): TopicRecord {
  const bytes = value === null || value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
  return { topic: "raw", partition: 3, offset: "42", timestamp: TIME, key: null, headers: {}, value: bytes, ...more };
}

function reader(source: object, file = flights) {
  const [only] = withSources([{ topic: "raw", format: "json", ...source }], file).sources;
  if (only === undefined) throw new Error("no source");
  return only;
}

function refusal(work: () => unknown): RejectedError {
  try {
    work();
  } catch (error) {
    if (error instanceof RejectedError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

/** Avro's long, by its specification: zigzag, then seven bits a byte, the lowest first. */
const longBytes = (value: bigint) => {
  const bytes: number[] = [];
  for (let code = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; code >>= 7n) {
    if (code < 128n) return Buffer.from([...bytes, Number(code)]);
    bytes.push(Number(code & 127n) | 128);
  }
};

describe("a topic of plain JSON", () => {
  test("without more in the file has observations, named by topic, partition and offset, at the time of the record", () => {
    expect(reader({}).read(record(OBSERVATION))).toEqual({
      specversion: "1.0",
      id: "raw/3/42",
      source: "/wadi/flights/topic/raw",
      type: "dev.wadi.observation",
      time: "2026-01-31T08:30:00.000Z",
      pipeline: "flights",
      partitionkey: "raw/3/42",
      datacontenttype: "application/json",
      data: OBSERVATION,
    });
  });

  test("has its id, its subject and its kind in fields, and what is no field of the pipeline is left out", () => {
    const kinds = { field: "kind", observation: ["departed"], label: ["arrived"] };
    const source = reader({ id: "no", subject: "flight", type: kinds, omit: ["gate"] });

    const observation = source.read(record({ no: 7, flight: "AA-1", kind: "departed", gate: "B", ...OBSERVATION }));
    const label = source.read(record({ no: 7, flight: "AA-1", kind: "arrived", delay: 12, gate: "C", junk: [1] }));

    expect(observation).toMatchObject({ id: "7", subject: "AA-1", partitionkey: "AA-1", type: "dev.wadi.observation" });
    expect(observation.data).toEqual(OBSERVATION);
    expect(label).toMatchObject({ id: "7/label", subject: "AA-1", partitionkey: "AA-1", type: "dev.wadi.label" });
    expect(label.data).toEqual({ delay: 12 });
  });

  test("keeps a field that is the id and the pipeline's, too", () => {
    const event = reader({ id: "origin" }).read(record(OBSERVATION));

    expect(event.id).toBe("DTW");
    expect(event.data).toEqual(OBSERVATION);
  });

  test("of labels alone has their ids as they are", () => {
    const source = reader({ type: "label", id: "no", subject: "flight" });

    expect(source.read(record({ no: 7, flight: "AA-1", delay: 0 }))).toMatchObject({ id: "7", data: { delay: 0 } });
  });

  test("a kind may be a number or a boolean", () => {
    const source = reader({ subject: "f", type: { field: "landed", observation: [false, 0], label: [true, 1] } });

    expect(source.read(record({ f: "A", landed: true, delay: 1 })).type).toBe("dev.wadi.label");
    expect(source.read(record({ f: "A", landed: 0 })).type).toBe("dev.wadi.observation");
  });

  test("a record without a time of its own makes an event without one", () => {
    const { timestamp, ...timeless } = record(OBSERVATION);

    expect(reader({}).read(timeless).time).toBeUndefined();
    expect(reader({}).read({ ...timeless, timestamp: 1e18 }).time).toBeUndefined();
    expect(timestamp).toBe(TIME);
  });

  test("a byte order mark before the JSON is left out", () => {
    const marked = Buffer.from(`\ufeff${JSON.stringify(OBSERVATION)}`);

    expect(reader({}).read(record(marked)).data).toEqual(OBSERVATION);
    expect(refusal(() => reader({}).read(record(Buffer.from("\ufeff\ufeff{}")))).code).toBe("invalid-json");
  });

  test("the same record makes the same event", () => {
    const source = reader({ id: "origin", subject: "destination" });

    expect(source.read(record(OBSERVATION))).toEqual(source.read(record(OBSERVATION)));
  });

  const kinds = { field: "kind", observation: ["departed"], label: ["arrived"] };
  test.each<[string, object, unknown, string, RegExp]>([
    ["a tombstone", {}, null, "tombstone", /has no value/],
    ["no UTF-8", {}, Buffer.from([0x22, 0xff, 0x22]), "charset", /not valid UTF-8/],
    ["no JSON", {}, Buffer.from("<a/>"), "invalid-json", /the value is not valid JSON/],
    ["a list", {}, [1], "record", /must be a JSON object/],
    ["deep JSON", {}, Buffer.from("[".repeat(70)), "json-depth", /deeper than 64/],
    ["no id", { id: "flihgt" }, { flight: 1 }, "record-id", /flihgt, .* is missing; did you mean "flight"/],
    ["an id that is a list", { id: "no" }, { no: [1] }, "record-id", /no, the source's id, is \[1\]; text or a whole/],
    ["an id that is no whole number", { id: "no" }, { no: 1.5 }, "record-id", /text or a whole number/],
    ["an empty id", { id: "no" }, { no: "" }, "record-id", /is ""/],
    ["an inherited id", { id: "toString" }, { no: "" }, "record-id", /toString, .* is missing/],
    ["an id with a line break", { id: "no" }, { no: "a\nb" }, "attribute-value", /control character/],
    ["a long id", { id: "no" }, { no: "x".repeat(5000) }, "attribute-size", /4096/],
    ["no subject", { subject: "flight" }, { no: 1 }, "record-subject", /the source's subject, is missing/],
    ["another kind", { subject: "f", type: kinds }, { f: "a", kind: "boarding" }, "unknown-type", /kind is "boarding"/],
    ["no kind", { subject: "f", type: kinds }, { f: "a" }, "unknown-type", /is null, neither observation nor label/],
    ["a label without target", { subject: "f", type: "label" }, { f: "a" }, "record-target", /delay, .* must bear it/],
    ["a large record", {}, Buffer.alloc(MAX_RECORD_BYTES + 1, 0x20), "too-large", /262145 bytes; 262144 are allowed/],
  ])("%s is refused, with the reason and the cure", (_title, source, value, code, text) => {
    const error = refusal(() => reader(source).read(record(value)));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });
});

describe("a topic of Avro in Confluent's framing", () => {
  const type = avsc.Type.forSchema({
    type: "record",
    name: "Flight",
    fields: [
      { name: "date", type: "long" },
      { name: "distance", type: "double" },
      { name: "origin", type: "string" },
      { name: "destination", type: "string" },
      { name: "delay", type: ["null", "double"], default: null },
    ],
  });
  const avro = (schemaId: number, value: object = {}) => {
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(schemaId, 1);
    return Buffer.concat([frame, type.toBuffer({ ...OBSERVATION, date: 978338200000, delay: null, ...value })]);
  };
  const source = (more: object = {}) => reader({ format: "avro", schemas: { 101: 1, 4000000000: 1 }, ...more });

  test("hands the record on to the byte, under the version that its schema id is", () => {
    const event = source({ subject: "origin" }).read(record(avro(101)));

    expect(event).toMatchObject({
      id: "raw/3/42",
      subject: "DTW",
      partitionkey: "DTW",
      datacontenttype: "application/avro",
      dataschema: "urn:wadi:flights:1",
      data: avro(101).subarray(5),
    });
    expect(source().read(record(avro(4_000_000_000)))).toMatchObject({ dataschema: "urn:wadi:flights:1" });
  });

  test("a label is its target alone, as JSON", () => {
    const kinds = { field: "destination", observation: ["LAS"], label: ["LAX"] };
    const event = source({ subject: "origin", type: kinds }).read(record(avro(101, { destination: "LAX", delay: -4 })));

    expect(event).toMatchObject({ type: "dev.wadi.label", datacontenttype: "application/json", data: { delay: -4 } });
  });

  test("a long of the file's own schema that is too large for it is refused by its name", () => {
    const fields = [
      { name: "x", type: "double" },
      { name: "nr", type: "long" },
    ];
    const file = `
name: f
event: { schemas: { 1: { type: record, name: P, fields: ${JSON.stringify(fields)} } } }
target: { field: x, task: regression }
features: [{ from: nr, as: number }]
models: { mean: [mean-regressor] }
serve: mean
metrics: [mae]
`;
    const { read } = reader({ format: "avro", schemas: { 101: 1 } }, file);
    const framed = (nr: bigint) =>
      record(Buffer.concat([Buffer.from([0, 0, 0, 0, 101]), Buffer.alloc(8), longBytes(nr)]));

    const error = refusal(() => read(framed(2n ** 60n)));

    expect(error.message).toMatch(/data\.nr must be a whole number below 2\^52, and is the number 1152921504606846976/);
    expect(read(framed(-(2n ** 51n))).id).toBe("raw/3/42");
  });

  test.each<[string, unknown, string, RegExp]>([
    ["no framing", Buffer.from([1, 0, 0, 0, 101, 0]), "avro-frame", /does not begin with a schema id/],
    ["too few bytes", Buffer.from([0, 0, 0]), "avro-frame", /a zero and four bytes/],
    ["JSON", OBSERVATION, "avro-frame", /Confluent's framing/],
    ["a schema id the file does not know", avro(7), "unknown-schema", /schema id 7 is none of 101, 4000000000: add it/],
    ["a record cut off", avro(101).subarray(0, 12), "schema", /is not an Avro record/],
    ["a record and more", Buffer.concat([avro(101), Buffer.from([1])]), "schema", /is not an Avro record/],
    ["a tombstone", null, "tombstone", /has no value/],
  ])("%s is refused, with the reason and the cure", (_title, value, code, text) => {
    const error = refusal(() => source({ id: "origin" }).read(record(value)));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });
});

describe("a topic of Avro whose schemas a registry keeps", () => {
  const WRITER = {
    type: "record",
    name: "com.acme.Departure",
    fields: [
      { name: "no", type: "long" },
      { name: "gate", type: { type: "record", name: "Gate", fields: [{ name: "hall", type: ["null", "string"] }] } },
      { name: "photo", type: "bytes" },
      { name: "date", type: { type: "long", logicalType: "timestamp-millis" } },
      { name: "distance", type: "int" },
      { name: "origin", type: "string" },
      { name: "destination", type: { type: "enum", name: "Airport", symbols: ["LAS", "LAX"] } },
    ],
  };
  const DEPARTURE = {
    ...{ no: 7, gate: { hall: "B" }, photo: Buffer.from([1, 2]), date: 978338200000 },
    ...{ distance: 1750, origin: "DTW", destination: "LAS" },
  };
  const framed = (id: number, data: Buffer) => record(Buffer.concat([Buffer.from([0, 0, 0, 0, id]), data]));
  const written = (id: number, value: object = DEPARTURE, schema: object = WRITER) =>
    framed(id, avsc.Type.forSchema(schema as never, { wrapUnions: "never" }).toBuffer(value));
  const source = (more: object = {}) => {
    const topic = reader({ format: "avro", registry: "http://localhost:8081", ...more });
    if (topic.registry === undefined) throw new Error("no registry");
    return { ...topic, registry: topic.registry };
  };

  test("is read once the schema is told; what the pipeline does not know is left out", () => {
    const { registry, read } = source({ id: "no" });
    expect(registry.wanted(written(5), TIME)).toBe(5);

    registry.tell(5, JSON.stringify(WRITER), TIME);
    const event = read(written(5));

    expect(registry.wanted(written(5), TIME)).toBeUndefined();
    expect(event).toMatchObject({ id: "7", datacontenttype: "application/json" });
    expect(event.data).toEqual({ date: 978338200000, distance: 1750, origin: "DTW", destination: "LAS" });
  });

  test("wants nothing for what has no schema id", () => {
    expect(source().registry.wanted(record(null), TIME)).toBeUndefined();
    expect(source().registry.wanted(record(OBSERVATION), TIME)).toBeUndefined();
  });

  test("a schema that the registry has not is the reason of its records, and of no others", () => {
    const { registry, read } = source();
    registry.tell(4, new RejectedError("unknown-schema", "the registry has no schema 4"), TIME);
    registry.tell(5, JSON.stringify(WRITER), TIME);

    expect(refusal(() => read(written(4))).message).toBe("the registry has no schema 4");
    expect(read(written(5)).id).toBe("raw/3/42");
  });

  test.each([
    ["that the registry has not", new RejectedError("unknown-schema", "none")],
    ["that cannot be read", "{"],
  ])("a schema %s is asked for again after a second, whatever the clock was set to", (_title, answer) => {
    const { registry, read } = source();
    registry.tell(5, answer, TIME);

    const wantedAt = [0, REFUSAL_MS - 1, REFUSAL_MS, -REFUSAL_MS].map((ms) => registry.wanted(written(5), TIME + ms));
    registry.tell(5, JSON.stringify(WRITER), TIME + REFUSAL_MS);

    expect(wantedAt).toEqual([undefined, undefined, 5, 5]);
    expect(registry.wanted(written(5), TIME + 100 * REFUSAL_MS)).toBeUndefined();
    expect(read(written(5)).data).toMatchObject({ origin: "DTW" });
  });

  test("any number of schemas may be told, and the ones that are used are kept", () => {
    const { registry, read } = source();
    registry.tell(5, JSON.stringify(WRITER), TIME);

    for (let id = 1000; id < 1000 + 3 * MAX_SCHEMAS; id++) {
      registry.tell(id, new RejectedError("unknown-schema", "none"), TIME);
      expect(registry.wanted(written(5), TIME)).toBeUndefined();
    }

    expect(read(written(5)).data).toMatchObject({ origin: "DTW" });
    expect(registry.wanted(framed(200, Buffer.alloc(1)), TIME)).toBe(200);
  });

  const field = (name: string, type: unknown) =>
    JSON.stringify({ type: "record", name: "R", fields: [{ name, type }] });
  test.each<[string, string, RegExp]>([
    ["no JSON", "{", /schema 5 cannot be read: .*JSON/],
    ["no record", `"string"`, /schema 5 is no record/],
    ["null", "null", /schema 5 is no record/],
    ["a list of fields that is none", `{"type":"record","name":"R","fields":[null]}`, /schema 5 cannot be read/],
    ["a field of ours that is a list", field("origin", { type: "array", items: "string" }), /origin: "array" is not/],
    [
      "a time of ours without a zone",
      field("date", { type: "long", logicalType: "local-timestamp-millis" }),
      /date: .*local-timestamp-millis/,
    ],
    [
      "a field of ours that is a record",
      field("origin", { type: "record", name: "O", fields: [] }),
      /origin: "record" is not/,
    ],
    ["an unknown type", field("x", "com.acme.X"), /schema 5 cannot be read/],
  ])("a schema that is %s is refused", (_title, schema, text) => {
    const { registry, read } = source();
    registry.tell(5, schema, TIME);

    const error = refusal(() => read(framed(5, Buffer.from([0]))));

    expect(error.code).toBe("unsupported-schema");
    expect(error.message).toMatch(text);
  });

  const told = (fields: unknown[], more: object = {}) => {
    const { registry, read } = source(more);
    registry.tell(5, JSON.stringify({ type: "record", name: "R", fields }), TIME);
    return (...parts: Buffer[]) => read(framed(5, Buffer.concat(parts)));
  };
  const ORIGIN = { name: "origin", type: "string" };
  const DTW = Buffer.from("\u0006DTW");
  const NANOS = 1_700_000_000_123_456_789n;

  test.each<[string, unknown]>([
    ["a long", "long"],
    ["a long of another form", { type: "long", logicalType: "timestamp-nanos" }],
    ["a long within a record", { type: "record", name: "N", fields: [{ name: "n", type: "long" }] }],
  ])("%s past 2^53 that the pipeline has not does not keep its record from being read", (_title, type) => {
    const read = told([{ name: "n", type }, ORIGIN]);

    for (const long of [NANOS, -NANOS, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, 0n]) {
      expect(read(longBytes(long), DTW).data).toEqual({ origin: "DTW" });
    }
  });

  test("a long is an id and a subject to its last digit", () => {
    const read = told([{ name: "no", type: "long" }, ORIGIN], { id: "no", subject: "no" });

    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (long) => {
        expect(read(longBytes(long), DTW)).toMatchObject({ id: String(long), subject: String(long) });
      }),
    );
    expect(read(longBytes(-4503599627370497n), DTW).id).toBe("-4503599627370497");
  });

  test("a long past 2^53 for a double of the pipeline is widened, in a label, too", () => {
    const fields = [{ name: "delay", type: "long" }, ORIGIN];
    const labels = told(fields, { type: "label", subject: "origin" });

    expect(told(fields)(longBytes(NANOS), DTW).data).toEqual({ delay: Number(NANOS), origin: "DTW" });
    expect(labels(longBytes(NANOS), DTW).data).toEqual({ delay: Number(NANOS) });
  });

  test("a long of more than 64 bits, one that is cut off, and a big one that says no kind are refused", () => {
    const kinds = { field: "n", observation: [1], label: [2] };
    const read = told([{ name: "n", type: "long" }, ORIGIN], { type: kinds, subject: "origin" });

    expect(refusal(() => read(Buffer.alloc(10, 255), DTW)).message).toMatch(/more than 64 bits/);
    expect(refusal(() => read(Buffer.alloc(5, 255))).message).toMatch(/no record of schema 5/);
    expect(refusal(() => read(longBytes(NANOS), DTW)).message).toMatch(/field n is "1700000000123456789", neither/);
  });

  test.each<[string, object]>([
    ["a null default of a union that begins with another type", { type: ["string", "null"], default: null }],
    ["a default of another type", { type: ["string", "null"], default: 7 }],
    ["an alias that stands twice", { type: ["string", "null"], aliases: ["a", "a"] }],
    ["an alias that is no name", { type: ["string", "null"], aliases: ["no-name"] }],
    ["an unknown order", { type: ["string", "null"], order: "sideways" }],
  ])("%s takes no part in reading", (_title, field) => {
    const nothing = Buffer.from([2]);

    expect(told([{ name: "other", ...field }, ORIGIN])(nothing, DTW).data).toEqual({ origin: "DTW" });
    expect(told([ORIGIN, { name: "destination", ...field }])(DTW, nothing).data).toEqual({
      ...{ origin: "DTW", destination: null },
    });
  });

  test("a default deep within, and a symbol that an enum has not, take no part in reading", () => {
    const inner = { type: "record", name: "I", fields: [{ name: "s", type: ["string", "null"], default: null }] };
    const airport = { type: "enum", name: "Airport", symbols: ["DTW", "LAS"], default: "nowhere" };
    const read = told([
      { name: "inner", type: inner },
      { name: "origin", type: airport },
    ]);

    expect(read(Buffer.from([2, 2])).data).toEqual({ origin: "LAS" });
  });

  test("an enum of ours may be the one of an earlier field, and a union not of ours may hold several numbers", () => {
    const airport = { type: "enum", name: "Airport", namespace: "com.acme", symbols: ["DTW", "LAS"] };
    const read = told([
      { name: "origin", type: airport },
      { name: "destination", type: ["null", "com.acme.Airport"] },
      { name: "size", type: ["null", "long", "double"] },
    ]);

    expect(read(Buffer.from([0, 2, 2, 2, 2])).data).toEqual({ origin: "DTW", destination: "LAS" });
  });

  test("lists and maps of others are passed over, and a time is read in the unit that it has there", () => {
    const read = told([
      { name: "tags", type: { type: "array", items: { type: "map", values: "string" } } },
      { name: "date", type: { type: "long", logicalType: "timestamp-micros" } },
      ORIGIN,
    ]);

    const event = read(Buffer.from([2, 2, 2, 97, 2, 98, 0, 0]), longBytes(978_338_200_000_999n), DTW);

    expect(event.data).toEqual({ date: 978_338_200_000, origin: "DTW" });
  });

  test("a number that is none is refused rather than taken for null", () => {
    const { registry, read } = source();
    const schema = { type: "record", name: "R", fields: [{ name: "delay", type: ["null", "double"] }] };
    registry.tell(5, JSON.stringify(schema), TIME);

    expect(refusal(() => read(written(5, { delay: Number.NaN }, schema))).message).toMatch(/delay is NaN/);
    expect(refusal(() => read(framed(5, Buffer.from([2])))).message).toMatch(/no record of schema 5/);
  });
});

describe("a topic of CloudEvents", () => {
  const EVENT = {
    specversion: "1.0",
    id: "a-1",
    source: "/gate",
    datacontenttype: "application/json",
    data: OBSERVATION,
  };
  const message = (event: object, mode?: "structured") => {
    const { headers, value } = writeMessage({ type: "dev.wadi.observation", ...EVENT, ...event }, mode);
    return record(value, { headers });
  };

  test.each([undefined, "structured" as const])("is read as it is, and belongs to the pipeline (%s)", (mode) => {
    const event = reader({ format: "cloudevents" }).read(message({ subject: "AA-1", partitionkey: "p" }, mode));

    expect(event).toEqual({
      ...EVENT,
      type: "dev.wadi.observation",
      subject: "AA-1",
      partitionkey: "p",
      pipeline: "flights",
    });
  });

  test("has types of its own that the file explains", () => {
    const source = reader({ format: "cloudevents", type: { observation: ["com.acme.off"], label: ["com.acme.on"] } });

    expect(source.read(message({ type: "com.acme.off" })).type).toBe("dev.wadi.observation");
    expect(source.read(message({ type: "com.acme.on", subject: "a" })).type).toBe("dev.wadi.label");
    expect(refusal(() => source.read(message({ type: "com.acme.up" }))).message).toMatch(/com.acme.up.*com.acme.off/);
  });

  test.each<[string, () => TopicRecord, string, RegExp]>([
    ["a plain record", () => record(OBSERVATION), "not-a-cloudevent", /has no ce_ headers/],
    ["a tombstone", () => record(null), "tombstone", /deletes a key/],
    ["a type of Wadi's own steps", () => message({ type: "dev.wadi.example.labelled" }), "unknown-type", /type: which/],
    ["an event of another pipeline", () => message({ pipeline: "line" }), "unknown-pipeline", /source of flights/],
  ])("%s is refused", (_title, given, code, text) => {
    const error = refusal(() => reader({ format: "cloudevents" }).read(given()));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });
});

describe("a record that cannot be read goes in as an event that holds all of it", () => {
  const anyBytes = fc.oneof(
    fc.constant(null),
    fc.uint8Array().map(Buffer.from),
    fc.string().map((s) => Buffer.from(s)),
  );

  test("whatever it is", () => {
    const headers = fc.dictionary(
      fc.stringMatching(/^[a-z_]{1,9}$/),
      fc.oneof(anyBytes, fc.array(anyBytes, { minLength: 2 })),
    );
    fc.assert(
      fc.property(anyBytes, anyBytes, headers, (key, value, headers) => {
        const given = record(null, { key, value, headers: headers as never });
        const event = JSON.parse(JSON.stringify(recordEvent(given, "flights")));

        expect(readRecordEvent(event)).toEqual(given);
      }),
    );
  });

  test("text is there to be read, under a name that says where it stood", () => {
    expect(recordEvent(record(Buffer.from("<a/>"), { key: Buffer.from("k") }), "flights")).toEqual({
      specversion: "1.0",
      id: "raw/3/42",
      source: "/wadi/flights/topic/raw",
      type: "dev.wadi.record",
      time: "2026-01-31T08:30:00.000Z",
      pipeline: "flights",
      partitionkey: "raw/3",
      datacontenttype: "application/json",
      data: { topic: "raw", partition: 3, offset: "42", timestamp: TIME, key: "k", headers: {}, value: "<a/>" },
    });
  });

  test("one that is too large goes in with its beginning and its size, and stays too large", () => {
    const event = recordEvent(record(Buffer.alloc(MAX_RECORD_BYTES * 40, 0x61)), "flights");

    expect(JSON.stringify(event).length).toBeLessThan(MAX_RECORD_BYTES);
    expect(refusal(() => reader({}).read(readRecordEvent(event))).message).toMatch(/10485760 bytes/);
  });

  test("one of control characters does not swell", () => {
    const event = recordEvent(record(Buffer.alloc(MAX_RECORD_BYTES)), "flights");

    expect(JSON.stringify(event).length).toBeLessThan(MAX_RECORD_BYTES * 1.5);
  });

  test.each([
    [undefined],
    [[]],
    [{}],
    [{ topic: 1, partition: 0, offset: "1" }],
    [{ topic: "t", partition: 0.5, offset: "1" }],
    [{ topic: "t", partition: 0, offset: "1", value: { base64: 7 } }],
    [{ topic: "t", partition: 0, offset: "1", headers: { a: "x" } }],
    [{ topic: "t", partition: 0, offset: "1", timestamp: "now" }],
  ])("a forged one, %j, is refused", (data) => {
    const event = { ...recordEvent(record(null), "flights"), data };

    expect(refusal(() => readRecordEvent(event)).code).toBe("payload");
  });
});

describe("sources in a pipeline file", () => {
  const problem = (sources: unknown, file = flights) => {
    try {
      withSources(sources, file);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      return (error as Error).message;
    }
    return "";
  };
  const json = { topic: "raw", format: "json" };
  const avro = { topic: "raw", format: "avro", schemas: { 101: 1 } };
  const events = { topic: "raw", format: "cloudevents" };
  const kinds = { observation: ["a"], label: ["b"] };

  test("may be left out, and may be none", () => {
    expect(parsePipeline(flights, "f.yaml").sources).toEqual([]);
    expect(withSources([]).sources).toEqual([]);
    expect(withSources([json, { ...avro, topic: "raw.2" }], line).sources).toMatchObject([
      { topic: "raw", format: "json" },
      { topic: "raw.2", format: "avro" },
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ["a format that is none", [{ ...json, format: "csv" }], /sources\[0\].format: .*json/],
    ["a topic no Kafka has", [{ ...json, topic: "a b" }], /sources\[0\].topic: .*letters, digits, dots/],
    ["two dots as topic", [{ ...json, topic: ".." }], /sources\[0\].topic/],
    ["a mistyped key", [{ ...json, subjekt: "a" }], /sources\[0\].*subjekt.*did you mean "?subject/],
    ["one topic twice", [json, { ...json, id: "a" }], /sources\[1\].topic: raw is sources\[0\] already/],
    ["labels without subject", [{ ...json, type: "label" }], /sources\[0\]: has labels and no subject/],
    ["kinds without field", [{ ...json, subject: "s", type: kinds }], /sources\[0\].type: has no field/],
    [
      "a value of both kinds",
      [{ ...json, subject: "s", type: { field: "k", observation: ["1"], label: [1] } }],
      /1 is both observation and label/,
    ],
    ["Avro with schemas and registry", [{ ...avro, registry: "http://r" }], /registry: and schemas do not go together/],
    [
      "a registry with a password",
      [{ topic: "raw", format: "avro", registry: "http://a:b@r" }],
      /without user and password/,
    ],
    ["a registry of JSON", [{ ...json, registry: "http://r" }], /sources\[0\].registry: is Avro's/],
    ["schemas of JSON", [{ ...json, schemas: { 1: 1 } }], /sources\[0\].schemas: is Avro's/],
    ["Avro without schemas", [{ topic: "raw", format: "avro" }], /has no schemas: .*schemas: \{ 101: 1 \}/],
    [
      "a version that is none",
      [{ ...avro, schemas: { 101: 9 } }],
      /schemas\.?\[?"?101.*has no version 9: use one of 1/,
    ],
    ["a schema id past four bytes", [{ ...avro, schemas: { 4294967296: 1 } }], /four bytes/],
    ["omit with Avro", [{ ...avro, omit: ["a"] }], /sources\[0\].omit: is JSON's/],
    [
      "a field Avro has not",
      [{ ...avro, id: "orign" }],
      /sources\[0\].id: the newest schema has no field "orign"; did you mean "origin"/,
    ],
    ["an id that is a double", [{ ...avro, id: "distance" }], /sources\[0\].id: the field distance is a double/],
    ["an id of CloudEvents", [{ ...events, id: "a" }], /sources\[0\].id: a CloudEvent says that itself/],
    ["a field of CloudEvents' kinds", [{ ...events, type: { ...kinds, field: "k" } }], /told by its type/],
  ])("%s is told with its path and its cure", (_title, sources, text) => {
    expect(problem(sources)).toMatch(text);
  });
});
