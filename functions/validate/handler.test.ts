import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import avro from "avsc";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { RejectedError, UnavailableError } from "../lib/errors.ts";
import { causeId } from "../lib/events/identity.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { REFUSAL_MS } from "../lib/pipeline/sources/avro.ts";
import { recordEvent } from "../lib/pipeline/sources/record.ts";
import { createValidate } from "./handler.ts";

const file = (name: string) => `
name: ${name}
event:
  schemas:
    1:
      type: record
      name: Flight
      fields:
        - { name: date, type: { type: long, logicalType: timestamp-millis } }
        - { name: distance, type: double }
        - { name: delay, type: [ "null", double ], default: null }
  time: date
target: { field: delay, task: regression }
labelHorizon: 7d
features: [ { from: distance, as: number } ]
models: { mean: [ mean-regressor ] }
serve: mean
metrics: [ mae ]
`;
const flights = parsePipeline(file("flights"), "flights.yaml");
const trains = parsePipeline(file("trains"), "trains.yaml");

const clock = manualClock(Date.UTC(2026, 0, 1));
const validate = createValidate({ pipelines: new Map([["flights", flights]]), clock });
const validateBoth = createValidate({ pipelines: new Map(Object.entries({ flights, trains })), clock });

const observation = (event: Partial<Event> = {}) =>
  ({
    specversion: "1.0",
    id: "f-1",
    source: "/airport",
    type: EventType.observation,
    datacontenttype: "application/json",
    data: { date: "2001-01-01T00:47:00Z", distance: 1750 },
    ...event,
  }) as Event;
const label = (event: Partial<Event> = {}) =>
  observation({ type: EventType.label, subject: "f-1", data: { delay: 12 }, ...event });

async function rejected(work: Promise<unknown>): Promise<RejectedError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RejectedError);
  return error as RejectedError;
}

test("an observation becomes a checked record under the digest of its cause", async () => {
  const event = observation();

  const derived = await validate(event);

  expect(derived).toEqual({
    specversion: "1.0",
    id: causeId(event),
    source: "/wadi/flights/validate",
    type: EventType.observationValidated,
    subject: "f-1",
    partitionkey: "f-1",
    pipeline: "flights",
    recordedtime: "2026-01-01T00:00:00.000Z",
    clientsource: "/airport",
    clientid: "f-1",
    datacontenttype: "application/json",
    data: expect.objectContaining({
      record: expect.objectContaining({ distance: 1750 }),
      time: Date.UTC(2001, 0, 1, 0, 47),
    }),
  });
});

test("a label becomes its value, under the subject it names", async () => {
  const derived = await validate(label({ subject: "f-9" }));

  expect(derived).toMatchObject({ type: EventType.labelValidated, subject: "f-9", data: { y: 12 } });
});

test("delivered again it is the same event, so that it can be told from another", async () => {
  const [first, again, other] = [
    await validate(observation()),
    await validate(observation()),
    await validate(label({ id: "f-1" })),
  ];

  expect(again).toEqual(first);
  expect(other?.id).not.toBe(first?.id);
});

test("trace, partition key and event time of the client are carried; what a broker added is not", async () => {
  const carried = {
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    tracestate: "a=b",
    partitionkey: "k",
  };

  const derived = await validate(
    observation({ ...carried, time: "2026-01-01T00:00:00Z", knativekafkaoffset: "7", mine: "x" }),
  );

  expect(derived).toMatchObject({ ...carried, time: "2026-01-01T00:00:00Z" });
  expect(derived).not.toHaveProperty("knativekafkaoffset");
  expect(derived).not.toHaveProperty("mine");
});

test.each<[string, Partial<Event>, string, RegExp]>([
  ["a field of the wrong type", { data: { date: 0, distance: "far" } }, "schema", /distance/],
  ["a field missing", { data: { date: 0 } }, "schema", /distance/],
  ["no data", { data: undefined }, "schema", /./],
  ["data that is no object", { data: 42 }, "schema", /./],
  [
    "a form, as curl sends it",
    { datacontenttype: "application/x-www-form-urlencoded", data: Buffer.from("a=1") },
    "content-type",
    /curl -d/,
  ],
  ["text", { datacontenttype: "text/plain", data: "a" }, "content-type", /application\/json/],
  ["a schema nobody knows", { dataschema: "urn:wadi:flights:2" }, "unknown-schema", /urn:wadi:flights:1/],
  ["a schema of ours that is mistyped", { dataschema: "urn:wadi:flights" }, "unknown-schema", /urn:wadi:flights:1/],
  [
    "Avro by a schema of somebody else",
    { datacontenttype: "application/avro", dataschema: "https://example.com/a.avsc", data: Buffer.from([0]) },
    "unknown-schema",
    /urn:wadi:flights:1/,
  ],
  ["another pipeline's schema", { dataschema: "urn:wadi:trains:1" }, "unknown-schema", /urn:wadi:flights:1/],
  ["a pipeline nobody knows", { pipeline: "boats" }, "unknown-pipeline", /flights/],
  ["a type nobody knows", { type: "dev.wadi.observatoin" }, "unknown-type", /dev\.wadi\.observation/],
  ["a derived type", { type: EventType.featuresExtracted }, "unknown-type", /dev\.wadi\.label/],
])("%s is refused with the reason and the cure", async (_title, event, code, cure) => {
  const error = await rejected(validate(observation(event)));

  expect(error.code).toBe(code);
  expect(error.message + JSON.stringify(error.fields)).toMatch(cure);
});

test.each(["https://example.com/schemas/seen-1.json", "#/components/schemas/Seen", "urn:example:wadi:2"])(
  "JSON whose producer names a schema of its own, %s, is read as if it named none",
  async (dataschema) => {
    const derived = await validate(observation({ dataschema }));

    expect(derived).toEqual(await validate(observation()));
    expect(derived).not.toHaveProperty("dataschema");
  },
);

test("every field at fault is named, not just the first", async () => {
  const { fields } = await rejected(validate(observation({ data: { date: "soon", distance: null } })));

  expect(fields.map(({ path }) => path).join(" ")).toMatch(/date.*distance/);
});

test("a label without subject is refused: it names no observation", async () => {
  const { subject: _none, ...anonymous } = label();

  expect((await rejected(validate(anonymous as Event))).code).toBe("no-subject");
});

test("a label of another type than the target is refused", async () => {
  expect((await rejected(validate(label({ data: { delay: "late" } })))).code).toBe("schema");
});

test("with several pipelines the event must say which", async () => {
  expect((await rejected(validateBoth(observation()))).message).toContain("flights, trains");
  expect(await validateBoth(observation({ pipeline: "trains" }))).toMatchObject({ pipeline: "trains" });
});

test("with one pipeline deployed an event need not say which, nor does an empty attribute", async () => {
  expect(await validate(observation({ pipeline: undefined }))).toMatchObject({ pipeline: "flights" });
  expect(await validate(observation({ pipeline: "" }))).toMatchObject({ pipeline: "flights" });
});

test("a partition key that came as a number is text from here on: brokers hash text", async () => {
  expect(await validate(observation({ partitionkey: 7 }))).toMatchObject({ partitionkey: "7" });
});

describe("event time", () => {
  const timeless = parsePipeline(file("flights").replace("  time: date\n", ""), "flights.yaml");
  const validateTimeless = createValidate({ pipelines: new Map([["flights", timeless]]), clock });

  test("is the record's own where the pipeline names a field", async () => {
    const derived = await validate(observation({ time: "2020-01-01T00:00:00Z" }));

    expect(derived?.data).toMatchObject({ time: Date.UTC(2001, 0, 1, 0, 47) });
  });

  test("else the event's, else nobody's: featurize then takes the recorded time", async () => {
    const [timed, untimed] = [
      await validateTimeless(observation({ time: "2020-01-01T01:00:00+01:00" })),
      await validateTimeless(observation()),
    ];

    expect(timed?.data).toMatchObject({ time: Date.UTC(2020, 0, 1) });
    expect(untimed?.data).not.toHaveProperty("time");
  });
});

describe("Avro", () => {
  const type = avro.Type.forSchema({
    type: "record",
    name: "Flight",
    fields: [
      { name: "date", type: { type: "long", logicalType: "timestamp-millis" } },
      { name: "distance", type: "double" },
      { name: "delay", type: ["null", "double"], default: null },
    ],
  });
  const data = type.toBuffer({ date: 0, distance: 1750, delay: null });

  test.each(["application/avro", "avro/binary", "Application/Avro; x=y"])("comes as %s", async (datacontenttype) => {
    const derived = await validate(observation({ datacontenttype, dataschema: "urn:wadi:flights:1", data }));

    expect(derived?.data).toMatchObject({ record: { distance: 1750 }, time: 0 });
  });

  test("that is cut off, or is under another name, is refused", async () => {
    const cut = observation({ datacontenttype: "application/avro", data: data.subarray(0, 3) });
    const bytes = observation({ datacontenttype: "application/octet-stream", data });

    const empty = observation({ datacontenttype: "application/avro", data: undefined });

    expect((await rejected(validate(cut))).code).toBe("schema");
    expect((await rejected(validate(empty))).message).toMatch(/ends early/);
    expect((await rejected(validate(bytes))).code).toBe("content-type");
  });
});

test("attributes that together would not fit the headers of the next hop are refused here, with the cure", async () => {
  const { code, message } = await rejected(validate(observation({ subject: "€".repeat(400) })));

  expect(code).toBe("too-large");
  expect(message).toContain("subject");
});

test("whatever data comes, the answer is an event or a refusal", async () => {
  const value = fc.oneof(
    fc.anything({ withBigInt: false }),
    fc.json().map((text): unknown => JSON.parse(text)),
  );
  const record = fc.dictionary(fc.constantFrom("date", "distance", "delay", "__proto__", "constructor"), value);
  await fc.assert(
    fc.asyncProperty(fc.oneof(value, record), fc.constantFrom(observation, label), async (data, make) => {
      const answer = await validate(make({ data })).catch((error: unknown) => error);

      if (!(answer instanceof RejectedError)) expect(answer).toHaveProperty("recordedtime");
    }),
  );
});

describe("a record of a topic that its source could not read", () => {
  const source = (more: string) => `${file("flights")}\nsources: [{ topic: raw, format: json${more} }]\n`;
  const at = (text: string) =>
    createValidate({ pipelines: new Map([["flights", parsePipeline(text, "flights.yaml")]]), clock });
  const value = Buffer.from(JSON.stringify({ no: "AA-1", date: "2001-01-01T00:47:00Z", distance: 1750 }));
  const record = { topic: "raw", partition: 0, offset: "7", key: null, headers: {}, value };

  test("is refused with the reason why it could not be read", async () => {
    const error = await rejected(at(source(", id: nr"))(recordEvent(record, "flights")));

    expect(error.code).toBe("record-id");
    expect(error.message).toMatch(/the field nr, the source's id, is missing; did you mean "no"/);
  });

  test("is what it would have been, once the file is mended", async () => {
    const mended = parsePipeline(source(", id: no"), "flights.yaml");
    const event = mended.sources[0]?.read(record) as Event;

    const answer = await at(source(", id: no"))(recordEvent(record, "flights"));

    expect(answer).toEqual(await at(source(", id: no"))(event));
    expect(answer).toMatchObject({ id: causeId(event), subject: "AA-1", type: EventType.observationValidated });
  });

  test("whose schema its registry had not yet is read once the registry has it", async () => {
    const asked: (string | undefined)[] = [];
    const answers = [404, 404, 503, 200];
    const fields = [
      { name: "date", type: "long" },
      { name: "distance", type: "double" },
    ];
    const type = avro.Type.forSchema({ type: "record", name: "F", fields } as never);
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response
        .writeHead(answers[asked.length - 1] ?? 200)
        .end(JSON.stringify({ schema: JSON.stringify(type.schema()) }));
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const text = `${file("flights")}\nsources: [{ topic: raw, format: avro, registry: "${registry}" }]\n`;
    const time = manualClock();
    const validate = createValidate({ pipelines: new Map([["flights", parsePipeline(text, "f.yaml")]]), clock: time });
    const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), type.toBuffer({ date: 978338200000, distance: 3 })]);
    const letter = recordEvent({ ...record, value }, "flights");

    const atOnce = await Promise.all([letter, letter, letter].map((one) => rejected(validate(one))));
    expect(atOnce.map(({ code }) => code)).toEqual(["unknown-schema", "unknown-schema", "unknown-schema"]);
    expect((await rejected(validate(letter))).message).toMatch(/has no schema 7; register it/);
    expect(asked).toEqual(["/schemas/ids/7"]);
    time.advance(REFUSAL_MS);
    expect((await rejected(validate(letter))).code).toBe("unknown-schema");
    time.advance(REFUSAL_MS);
    await expect(validate(letter)).rejects.toBeInstanceOf(UnavailableError);

    expect(await validate(letter)).toMatchObject({ type: EventType.observationValidated });
    expect(await validate(letter)).toMatchObject({ data: { record: { distance: 3 } } });
    expect(asked.length).toBe(4);
  });

  test("of a topic that is no source any more is refused", async () => {
    const error = await rejected(validate(recordEvent(record, "flights")));

    expect(error.code).toBe("unknown-topic");
  });

  test("that is none is refused", async () => {
    const event = { ...recordEvent(record, "flights"), data: { topic: "raw" } };

    expect((await rejected(at(source(""))(event))).code).toBe("payload");
  });
});

test("names that Knative's Broker may have spoilt are counted, those that came another way are not", async () => {
  const told: string[] = [];
  const maybeSpoilt = (pipeline: string, attribute: string) => void told.push(`${pipeline} ${attribute}`);
  const delivered = createValidate({ pipelines: new Map([["flights", flights]]), clock, maybeSpoilt });
  const knativekafkaoffset = "7";

  await delivered(observation({ id: "??", subject: "whole", knativekafkaoffset }));
  await delivered(label({ subject: "São ?", knativekafkaoffset }));
  await delivered(observation({ id: "whole", knativekafkaoffset }));
  await delivered(observation({ id: "what?" }));

  expect(told).toEqual(["flights id", "flights subject"]);
});

describe("where the file names the field that is the subject", () => {
  const yaml = file("flights")
    .replace("      fields:\n", "      fields:\n        - { name: flight, type: string }\n")
    .replace("  time: date", "  time: date\n  subject: flight");
  const validate = createValidate({ pipelines: new Map([["flights", parsePipeline(yaml, "flights.yaml")]]), clock });
  const data = (flight: string) => ({ flight, date: "2001-01-01T00:47:00Z", distance: 1750 });

  test("observation and label are named by it, whatever a broker made of the event's own subject", async () => {
    const observed = await validate(observation({ subject: "??", data: data("東京") }));
    const labelled = await validate(label({ subject: "??", data: { flight: "東京", delay: 3 } }));

    expect(observed).toMatchObject({ subject: "東京", partitionkey: "東京", data: { record: { flight: "東京" } } });
    expect(labelled).toMatchObject({ subject: "東京", partitionkey: "東京" });
    expect([observed?.data, labelled?.data]).toEqual([expect.not.objectContaining({ subject: "東京" }), { y: 3 }]);
  });

  test("a label needs no subject beside it", async () => {
    const { subject: _, ...without } = label({ data: { flight: "A", delay: 3 } });

    expect(await validate(without as Event)).toMatchObject({ subject: "A" });
  });

  test("ids that a broker made alike stay those of two observations, each the same whenever it comes", async () => {
    const named = async (flight: string, id: string) =>
      (await validate(observation({ id, data: data(flight) }))) as Event;
    const [tokyo, osaka, again] = [await named("東京", "??"), await named("大阪", "??"), await named("東京", "??")];

    expect(tokyo.id).not.toBe(osaka.id);
    expect(tokyo["clientid"]).not.toBe(osaka["clientid"]);
    expect(again).toEqual(tokyo);
    expect(await named("東京", "f-1")).toMatchObject({ clientid: "f-1" });
  });
});
