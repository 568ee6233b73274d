// The stream at its source, with a clock that stands still and a reader that takes what it likes.

import { expect, onTestFinished, test } from "vitest";
import { eventOf, quiet, settled, subscriberOf, triggerOf } from "../lib/broker/broker-under-test.contract.ts";
import { openEmbeddedBroker } from "../lib/broker/embedded/embedded.ts";
import { manualClock } from "../lib/clock.ts";
import { BusyError } from "../lib/errors.ts";
import type { StreamReader } from "../lib/serve/stream.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import { createChanges } from "./changes.ts";
import { createAdmin } from "./local-admin.ts";

interface Received {
  readonly event?: string;
  readonly id?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

async function open(maxReaders?: number) {
  const clock = manualClock();
  const store = openSqliteStore(":memory:", { now: clock.now, joinWindowMs: () => 1 });
  const subscriber = subscriberOf(() => ({ status: 422, headers: { "kne-wadireason": "schema" }, body: "no" }));
  const broker = await openEmbeddedBroker({
    path: ":memory:",
    triggers: [{ trigger: triggerOf(), subscriber }],
    clock,
    graceMs: 0,
  });
  onTestFinished(async () => {
    const stopped = broker.stop();
    clock.advance(1);
    await stopped;
    await store.close();
  });
  const about = { version: "1", node: "v24" };
  const admin = createAdmin({ store, storeKind: "sqlite", broker, pipelines: new Map(), about });
  const changes = createChanges({ admin, broker, clock, ...(maxReaders !== undefined && { maxReaders }) });

  async function read(lastEventId?: string) {
    const sink = { text: "", full: false, ended: false, wasCut: false };
    const answer = await changes.stream(lastEventId);
    const reader: StreamReader = answer.open({
      write(text) {
        sink.text += text;
        return !sink.full;
      },
      end: () => {
        sink.ended = true;
      },
      cut: () => {
        sink.wasCut = true;
      },
    });
    /** What came since it was asked last. */
    const taken = (): Received[] => {
      const blocks = sink.text.split("\n\n").filter((block) => block.startsWith("event: "));
      sink.text = "";
      return blocks.map((block) => {
        const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
        return { ...fields, data: JSON.parse(fields["data"]) };
      });
    };
    const of = (event: string) => taken().filter((one) => one.event === event);
    return { sink, reader, taken, of };
  }

  /** Time goes by, look by look, as it does. */
  async function pass(ms: number): Promise<void> {
    for (let gone = 0; gone < ms; gone += 500) {
      clock.advance(500);
      await quiet();
    }
  }

  const update = (set: string, version: number) =>
    broker.publish(
      eventOf(`${set}:${version}`, {
        type: "dev.wadi.model.updated",
        pipeline: "line",
        data: { set, generation: "1", version, count: version, metrics: { m: { mae: 1 } } },
      }),
    );
  const letter = async (id: string) => {
    await broker.publish(eventOf(id));
    await settled(broker);
  };
  return { clock, broker, changes, read, pass, update, letter };
}

test("the status comes at once, and then when it has changed", async () => {
  const { read, pass, letter } = await open();
  const { taken, of } = await read();

  expect(taken()).toMatchObject([{ event: "status", id: "0", data: { version: "1", deadLetters: 0 } }]);
  await pass(5000);
  expect(taken()).toEqual([]);
  await letter("1");
  await pass(1000);

  expect(of("status")).toMatchObject([{ data: { deadLetters: 1, triggers: [{ deadLetters: 1 }] } }]);
});

test("of many commits to one model set the newest is sent, for each of several sets", async () => {
  const { read, pass, update } = await open();
  const { of } = await read();

  for (let version = 1; version <= 50; version++) await update("line", version);
  await update("other", 1);
  await pass(500);

  expect(of("model").map(({ data }) => [data?.["set"], data?.["version"], data?.["pipeline"]])).toEqual([
    ["line", 50, "line"],
    ["other", 1, "line"],
  ]);
});

test("dead letters come in order, each with its number for an id, and with the last of it a reader goes on there", async () => {
  const { read, pass, letter, broker } = await open();
  await letter("before");
  const first = await read();
  expect(first.taken()).toMatchObject([{ event: "status", id: "1" }]);
  await letter("a");
  await letter("b");
  await pass(500);
  const seen = first.of("dead-letter");
  expect(seen.map(({ id, data }) => [id, data?.["id"], data?.["reason"]])).toEqual([
    ["2", "a", "schema"],
    ["3", "b", "schema"],
  ]);
  first.reader.closed();

  await letter("c");
  await letter("d");
  await broker.deadLetters.drop([4]);
  const again = await read("3");
  await pass(500);

  expect(again.of("dead-letter").map(({ data }) => data?.["id"])).toEqual(["d"]);
});

test.each(["garbage", "-1", "", "1e3", "999999", "9".repeat(40)])(
  "with %j for a last id a reader gets what comes from now on",
  async (lastEventId) => {
    const { read, pass, letter } = await open();
    await letter("before");
    const { of } = await read(lastEventId);

    await letter("now");
    await pass(500);

    expect(of("dead-letter").map(({ data }) => data?.["id"])).toEqual(["now"]);
  },
);

test("many dead letters come a hundred at a time", async () => {
  const { read, pass, broker } = await open();
  const { of } = await read();
  await Promise.all(Array.from({ length: 250 }, (_, i) => broker.publish(eventOf(i))));
  await settled(broker);

  const counts = [];
  for (const _look of [1, 2, 3, 4]) {
    await pass(500);
    counts.push(of("dead-letter").length);
  }

  expect(counts).toEqual([100, 100, 50, 0]);
});

test("while a reader is behind nothing is written to it, and then it gets the newest of what there was", async () => {
  const { read, pass, update, letter } = await open();
  const { sink, reader, taken } = await read();
  taken();
  sink.full = true;
  await letter("1");
  await pass(500);
  expect(taken().map(({ event }) => event)).toEqual(["dead-letter", "status"]);

  for (let version = 1; version <= 20; version++) {
    await update("line", version);
    await letter(`l${version}`);
    await pass(500);
  }
  expect(sink.text).toBe("");
  sink.full = false;
  reader.drained();
  await pass(1000);

  const events = taken();
  expect(events.filter(({ event }) => event === "model").map(({ data }) => data?.["version"])).toEqual([20]);
  expect(events.filter(({ event }) => event === "dead-letter")).toHaveLength(20);
  expect(events.filter(({ event }) => event === "status")).toHaveLength(1);
});

test("a slow reader costs bounded memory, however many sets change", async () => {
  const { read, pass, update } = await open();
  const { of } = await read();
  await pass(500);

  for (let set = 0; set < 1500; set++) await update(`set-${set}`, 1);
  await pass(500);

  const models = of("model");
  expect(models).toHaveLength(1000);
  expect(models.at(-1)?.data?.["set"]).toBe("set-1499");
});

test("a reader that takes nothing for half a minute is cut off; one that has nothing to take hears a heartbeat", async () => {
  const { read, pass, letter } = await open();
  const [idle, stuck] = [await read(), await read()];
  stuck.sink.full = true;
  await letter("1");
  await pass(1000);
  idle.taken();

  await pass(29_000);
  expect(stuck.sink.wasCut).toBe(false);
  expect(idle.sink.text.match(/^: /gm)).toHaveLength(1);
  await pass(2000);

  expect(stuck.sink.wasCut).toBe(true);
  expect(idle.sink.wasCut).toBe(false);
});

test("the number of readers is limited, also when they come at once, and one that leaves makes room", async () => {
  const { read, changes } = await open(2);
  const [first] = [await read(), await read()];
  await expect(read()).rejects.toBeInstanceOf(BusyError);
  first?.reader.closed();

  const both = await Promise.all([read(), read(), read()].map((one) => one.catch(() => undefined)));

  expect(both.filter((one) => one !== undefined && !one.sink.ended)).toHaveLength(1);
  await expect(changes.stream(undefined)).rejects.toBeInstanceOf(BusyError);
});

test("without readers nothing is polled", async () => {
  const { read, clock, pass, broker } = await open();
  const { reader } = await read();
  await pass(1000);
  let timers = 0;
  const after = clock.after;
  clock.after = (ms, run) => {
    timers += ms === 500 ? 1 : 0;
    return after(ms, run);
  };

  reader.closed();
  await pass(2000);
  expect(timers).toBe(0);
  const next = await read();
  await broker.publish(eventOf("m", { type: "dev.wadi.model.updated", pipeline: "p", data: { set: "s", version: 1 } }));
  await pass(500);

  expect(next.of("model")).toHaveLength(1);
});
