// The tail of events at its source: a broker in this process, and a clock that stands still.

import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { Tap } from "../lib/broker/broker.ts";
import { eventOf, replyTo, settled, subscriberOf, triggerOf } from "../lib/broker/broker-under-test.contract.ts";
import { openEmbeddedBroker } from "../lib/broker/embedded/embedded.ts";
import { manualClock } from "../lib/clock.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { openTail, type TailBounds } from "./tail.ts";

const OBSERVATION = { type: "dev.wadi.observation", pipeline: "line" };
const FILE = `
name: NAME
event:
  SUBJECT
  schemas: { 1: { type: record, name: R, fields: [ { name: key, type: string }, { name: x, type: double }, { name: y, type: [ "null", double ], default: null } ] } }
target: { field: y, task: regression }
features: [ { from: x, as: number } ]
models: { mean: [ mean-regressor ] }
serve: mean
metrics: [ mae ]
labelHorizon: 1h
`;
const pipelineOf = (name: string, subject = "") =>
  [name, parsePipeline(FILE.replace("NAME", name).replace("SUBJECT", subject), "p.yaml")] as const;

async function open(bounds?: Partial<TailBounds>, pipelines: Pipelines = new Map([pipelineOf("line")])) {
  const clock = manualClock(1_700_000_000_000);
  const subscriber = subscriberOf((event) =>
    event.id.startsWith("bad")
      ? { status: 422, headers: { "kne-wadireason": "schema" }, body: '{"error":{"message":"x is no number"}}' }
      : {
          status: 200,
          event: {
            ...replyTo(event, "dev.wadi.features.extracted"),
            source: "/wadi/line/featurize",
            subject: event.subject ?? event.id,
          } as Event,
        },
  );
  const filters = [{ exact: { type: OBSERVATION.type } }];
  const triggers = [{ trigger: triggerOf({ name: "featurize", filters, order: "ordered" }), subscriber }];
  const broker = await openEmbeddedBroker({ path: ":memory:", triggers, clock, graceMs: 0 });
  onTestFinished(async () => {
    const stopped = broker.stop();
    clock.advance(1);
    await stopped;
  });
  const most = { events: 1000, idleEvents: 1000, bytes: 1e9, lookMs: 60_000, ...bounds };
  const tail = openTail(broker, pipelines, clock, most);
  const publish = async (id: string, attributes: object = {}) => {
    await broker.publish(eventOf(id, { ...OBSERVATION, ...attributes }));
    await settled(broker);
  };
  const ids = async (query: Parameters<typeof tail.events>[0] = {}) =>
    (await tail.events(query)).items.map(({ id }) => id);
  return { clock, broker, tail, publish, ids };
}

test("clients' events, derived ones and dead letters are there, oldest first, each with what it is of and what it says", async () => {
  const { tail, publish, clock } = await open();
  await publish("good", { data: { x: 1.5, y: 2 } });
  clock.advance(1000);
  await publish("bad", { data: { x: "text" }, subject: "s" });

  const { items, missed, next } = await tail.events({});

  const common = { source: "/test", type: OBSERVATION.type, pipeline: "line" };
  const [first] = items;
  expect(items.map(({ number, ...item }) => [number - (first?.number ?? 0), item])).toEqual([
    [
      0,
      { ...common, id: "good", outcome: "received", time: clock.now() - 1000, subject: "good", detail: "x 1.5, y 2" },
    ],
    [
      1,
      {
        ...{ id: "good", outcome: "derived", type: "dev.wadi.features.extracted", source: "/wadi/line/featurize" },
        ...{ time: clock.now() - 1000, subject: "good", pipeline: "line", step: "featurize", detail: "" },
      },
    ],
    [2, { ...common, id: "bad", outcome: "received", time: clock.now(), subject: "s", detail: "x text" }],
    [
      3,
      {
        ...{ ...common, id: "bad", outcome: "dead-letter", time: clock.now(), subject: "s", step: "featurize" },
        detail: "schema: x is no number",
      },
    ],
  ]);
  expect({ missed, next }).toEqual({ missed: 0, next: items.at(-1)?.number });
});

test("it is filtered by type, pipeline, outcome and subject, of derived events too", async () => {
  const { ids, publish } = await open({}, new Map([pipelineOf("line"), pipelineOf("other")]));
  await publish("a", { subject: "s" });
  await publish("b");
  await publish("bad", { subject: "s" });
  await publish("c", { pipeline: "other" });
  await publish("d", { type: "dev.wadi.label", subject: "b" });

  expect(await ids({ subject: "s" })).toEqual(["a", "a", "bad", "bad"]);
  expect(await ids({ subject: "b" })).toEqual(["b", "b", "d"]);
  expect(await ids({ outcome: "dead-letter" })).toEqual(["bad"]);
  expect(await ids({ outcome: "derived" })).toEqual(["a", "b", "c"]);
  expect(await ids({ outcome: "received", pipeline: "other" })).toEqual(["c"]);
  expect(await ids({ type: "dev.wadi.label" })).toEqual(["d"]);
  expect(await ids({ type: "dev.wadi" })).toEqual([]);
  expect(await ids({ limit: 2 })).toEqual(["c", "d"]);
});

test("the subject is found where validate finds it: in the body, else stated, else the id of an observation", async () => {
  const pipelines = new Map([pipelineOf("body", "subject: key"), pipelineOf("line")]);
  const { tail, publish } = await open({}, pipelines);
  const inBody = { pipeline: "body", subject: "stated", type: "x.of.nobody" };
  for (const [id, attributes] of Object.entries({
    a: { ...inBody, type: OBSERVATION.type, data: { key: "in body" } },
    b: { ...inBody, type: "dev.wadi.label", data: { key: 17 } },
    c: { ...inBody, data: { key: "in body" } },
    d: { ...inBody, type: OBSERVATION.type, data: Buffer.from("avro"), datacontenttype: "application/avro" },
    e: { type: "dev.wadi.label" },
    f: { type: "dev.wadi.model.updated", subject: "line", source: "/wadi/line/learn" },
  })) {
    await publish(id, attributes);
  }

  const { items } = await tail.events({ outcome: "received" });

  expect(items.map(({ id, subject }) => [id, subject])).toEqual([
    ["a", "in body"],
    ["b", "17"],
    ["c", "stated"],
    ["d", "stated"],
    ["e", undefined],
    ["f", undefined],
  ]);
});

test("a reader that pauses goes on where it was, and is told what is no longer kept, whether it matches or not", async () => {
  const { tail, publish } = await open({ events: 10, idleEvents: 10 });
  const other = { type: "x.of.nobody" };
  await publish("first", other);
  const { next } = await tail.events({});

  for (let i = 0; i < 8; i++) await publish(`k${i}`, other);
  const some = await tail.events({ after: next, limit: 5 });
  const rest = await tail.events({ after: some.next, limit: 5 });
  expect([some, rest].map(({ items, missed }) => [items.map(({ id }) => id).join(), missed])).toEqual([
    ["k0,k1,k2,k3,k4", 0],
    ["k5,k6,k7", 0],
  ]);
  expect(await tail.events({ after: rest.next })).toEqual({ items: [], next: rest.next, missed: 0 });
  for (let i = 8; i < 30; i++) await publish(`k${i}`, other);
  const late = await tail.events({ after: rest.next, outcome: "dead-letter" });

  expect(late).toEqual({ items: [], next: rest.next + 22, missed: 12 });
});

test("the number of a process before this one gets all that this one has, and what of it is gone", async () => {
  const { tail, publish } = await open({ events: 3, idleEvents: 3 });
  const before = await open();
  await before.publish("x", { type: "x.of.nobody" });
  const { next: earlier } = await before.tail.events({});
  for (let i = 0; i < 5; i++) await publish(`k${i}`, { type: "x.of.nobody" });

  for (const after of [0, earlier - 1_000_000, Number.MAX_SAFE_INTEGER]) {
    const { items, missed } = await tail.events({ after });

    expect([items.map(({ id }) => id).join(), missed], String(after)).toEqual(["k2,k3,k4", 2]);
  }
});

test("it is bounded by number and by bytes; more is kept while somebody looks", async () => {
  const other = { type: "x.of.nobody" };
  const { tail, ids, publish, clock } = await open({ events: 20, idleEvents: 5 });
  for (let i = 0; i < 30; i++) await publish(`a${i}`, other);
  expect(await ids()).toHaveLength(5);
  for (let i = 0; i < 30; i++) await publish(`b${i}`, other);
  expect(await ids()).toHaveLength(20);
  clock.advance(60_001);
  await publish("c", other);
  expect(await ids()).toHaveLength(5);

  const small = await open({ bytes: 10_000 });
  for (let i = 0; i < 30; i++) await small.publish(`d${i}`, { ...other, data: "x".repeat(1000) });
  const kept = await small.ids();
  expect(kept.length).toBeGreaterThan(6);
  expect(kept.length).toBeLessThan(10);
  await small.publish("large", { ...other, data: "x".repeat(50_000) });
  expect(await small.ids()).toEqual([]);
  await small.publish("e", other);
  expect(await small.ids()).toEqual(["e"]);
  tail.stop();
  await publish("f", other);
  expect((await ids()).at(-1)).toBe("c");
});

test("whoever reads when and however much: each event is had once, in order, or counted as missed", async () => {
  const { tail, broker } = await open({ events: 7, idleEvents: 7 });
  const step = fc.oneof(
    fc.record({ publish: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ read: fc.integer({ min: 1, max: 9 }) }),
  );
  let made = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      let { next: after } = await tail.events({});
      const begun = after;
      const had: number[] = [];
      let missed = 0;
      for (const one of [...steps, { read: 1000 }]) {
        if ("publish" in one) {
          const events = Array.from({ length: one.publish }, () => eventOf(++made, { type: "x.of.nobody" }));
          await broker.publishAll(events);
        } else {
          const answer = await tail.events({ after, limit: one.read });
          had.push(...answer.items.map(({ number }) => number));
          missed += answer.missed;
          after = answer.next;
        }
      }

      const all = steps.reduce((sum, one) => sum + ("publish" in one ? one.publish : 0), 0);
      expect(after - begun).toBe(all);
      expect(had.length + missed).toBe(all);
      expect(had).toEqual([...new Set(had)].sort((a, b) => a - b));
    }),
    { numRuns: 100 },
  );
});

test("what a source passes over is counted as missed where it was, and what was kept before and after it is had", async () => {
  const clock = manualClock(1_700_000_000_000);
  let told: Parameters<Tap> | undefined;
  let looks = 0;
  const tap: Tap = (...listeners) => {
    told = listeners;
    return () => {};
  };
  const look = async () => void looks++;
  const tail = openTail({ tap, look }, new Map([pipelineOf("line")]), clock);
  const tell = (id: string) => told?.[0](eventOf(id), { hops: 0, bytes: 1, time: clock.now() - 500 });
  const { next: begun } = await tail.events({});

  tell("a");
  tell("b");
  told?.[2]?.(1000);
  tell("c");
  const first = await tail.events({ after: begun, limit: 1 });
  const rest = await tail.events({ after: first.next });
  told?.[2]?.(5);
  const none = await tail.events({ after: rest.next });

  expect(first).toMatchObject({ items: [{ id: "a", time: clock.now() - 500 }], missed: 0 });
  expect([rest.items.map(({ id }) => id), rest.missed]).toEqual([["b", "c"], 1000]);
  expect(none).toEqual({ items: [], next: begun + 1008, missed: 5 });
  expect(looks).toBe(4);
});

const HOSTILE = [
  ["bytes", Buffer.from([0, 1, 2]), "3 bytes of application/avro"],
  ["no data", undefined, "nothing"],
  ["a list", [1, 2], "[...]"],
  ["text", "a\u001b[31mred\u0007\nb\u202eright\u200b", "a [31mred b right"],
  ["half a character", "\ud800x", "x"],
  [
    "names that are hostile",
    { __proto__x: 1, constructor: 2, "\u001b]0;title\u0007": 3 },
    "__proto__x 1, constructor 2, ]0;title 3",
  ],
  ["a name of a prototype", JSON.parse('{"__proto__": {"a": 1}, "b": null}'), "__proto__ {...}, b null"],
] as const;

test.each(HOSTILE)("what it says of %s is one printable line", async (_what, data, detail) => {
  const { tail, publish } = await open();
  await publish("x", { type: "x.of.nobody", data, datacontenttype: "application/avro" });

  expect((await tail.events({})).items[0]?.detail).toBe(detail);
});

test("however large or strange the data of whichever type: the detail is short, printable, and there", async () => {
  const { tail, broker } = await open();
  const names = ["observation", "label", "record", "observation.validated", "label.validated", "features.extracted"];
  const types = [...names, "example.labelled", "prediction.made", "model.updated"].map((name) => `dev.wadi.${name}`);
  const data = fc.oneof(
    fc.object({ maxDepth: 3 }),
    fc.record(
      {
        ...{ record: fc.object(), x: fc.object(), y: fc.anything(), served: fc.object(), value: fc.anything() },
        ...{ champion: fc.object(), drift: fc.array(fc.anything()), count: fc.anything(), version: fc.anything() },
      },
      { requiredKeys: [] },
    ),
    fc.string({ maxLength: 2000, unit: "binary" }),
    fc.dictionary(fc.string({ maxLength: 500, unit: "binary" }), fc.double(), { maxKeys: 50 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...types), data, async (type, given) => {
      const plain = JSON.parse(
        JSON.stringify(given, (_, value) => (typeof value === "bigint" ? String(value) : value)),
      );
      await broker.publish(eventOf("x", { type, data: plain, pipeline: "line", source: "/wadi/line/learn" }));

      const detail = (await tail.events({ limit: 1 })).items[0]?.detail ?? "none";

      expect(detail.length).toBeLessThanOrEqual(200);
      expect(detail.isWellFormed()).toBe(true);
      expect(detail).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 500 },
  );
});
