import type { Message, Producer, ProducerBatch, RecordMetadata } from "kafkajs";
import { expect, test } from "vitest";
import { TooLargeError, UnavailableError } from "../../errors.ts";
import { until } from "../broker-under-test.contract.ts";
import { Partitioner } from "./partitioner.ts";
import { Writer } from "./writer.ts";

/** A writer on a producer whose sends are answered by the test, and what became of each operation. */
function writerOf() {
  const sends: { values: string[]; done: (metadata: RecordMetadata[]) => void; fail: (error: Error) => void }[] = [];
  const producer = {
    sendBatch({ topicMessages = [] }: ProducerBatch): Promise<RecordMetadata[]> {
      const { promise, resolve, reject } = Promise.withResolvers<RecordMetadata[]>();
      const values = topicMessages.flatMap(({ messages }) => messages.map(({ value }: Message) => String(value)));
      sends.push({ values, done: resolve, fail: reject });
      return promise;
    },
  } as Producer;
  const writer = new Writer(producer, new Partitioner(), {
    failure: (error) => error as Error,
    grown() {},
    turned() {},
  });
  const told: string[] = [];
  const enter = (value: string, bytes = 1) =>
    writer.enter({
      records: [{ topic: "t", message: { value } }],
      bytes,
      written: () => told.push(`${value} written`),
      failed: (error) => told.push(`${value} ${error.name}`),
    });
  return { writer, sends, told, enter };
}

test("what comes while a send is under way goes with the next, in its order", async () => {
  const { writer, sends, told, enter } = writerOf();

  enter("a");
  enter("b");
  await until(() => sends.length === 1);
  enter("c");
  enter("d");
  sends[0]?.done([]);
  await until(() => sends.length === 2);
  sends[1]?.done([]);
  await until(() => writer.empty);

  expect(sends.map(({ values }) => values)).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
  expect(told).toEqual(["a written", "b written", "c written", "d written"]);
});

test("one send takes no more than Kafka takes at once", async () => {
  const { sends, enter } = writerOf();

  for (const value of ["a", "b", "c"]) enter(value, 300 * 1024);
  await until(() => sends.length === 1);
  sends[0]?.done([]);
  await until(() => sends.length === 2);

  expect(sends.map(({ values }) => values)).toEqual([["a", "b"], ["c"]]);
  sends[1]?.done([]);
});

test("what waits behind a failed send fails with it: nothing overtakes what is tried again", async () => {
  const { writer, sends, told, enter } = writerOf();

  enter("a");
  await until(() => sends.length === 1);
  enter("b");
  sends[0]?.fail(new UnavailableError("kafka-unavailable", "away"));
  await until(() => writer.empty);

  expect(sends.length).toBe(1);
  expect(told).toEqual(["a UnavailableError", "b UnavailableError"]);
});

test("of several that are too large together, each is tried by itself", async () => {
  const { writer, sends, told, enter } = writerOf();

  enter("small");
  enter("large");
  await until(() => sends.length === 1);
  sends[0]?.fail(new TooLargeError("too-large", "too large"));
  await until(() => sends.length === 2);
  sends[1]?.done([]);
  await until(() => sends.length === 3);
  enter("next");
  sends[2]?.fail(new TooLargeError("too-large", "too large"));
  await until(() => sends.length === 4);
  sends[3]?.done([]);
  await until(() => writer.empty);

  expect(told).toEqual(["small written", "large TooLargeError", "next written"]);
});
