// Our batches of records beside those of Kafka's own client for Java, byte by byte.

import { join } from "node:path";
import fc from "fast-check";
import type { Message } from "kafkajs";
import { describe, expect, test } from "vitest";
import { kafkaJars } from "../../../../local/services/kafka-jars.ts";
import { noJava, runJava } from "../../../java.contract.ts";
import { readBatches } from "./batch-reader.ts";
import { batchOf, type ProducerState } from "./batch-writer.ts";
import { messages, NOW } from "./messages.contract.ts";

const SOURCE = join(import.meta.dirname, "fixtures/BatchPeer.java");
const TIMEOUT_MS = 120_000;

interface Written extends ProducerState {
  readonly messages: readonly Message[];
}

const producer = fc.oneof(
  fc.constant({ producerId: -1n, producerEpoch: -1, firstSequence: -1, transactional: false }),
  fc.record({
    producerId: fc.bigInt({ min: 0n, max: 2n ** 53n }),
    producerEpoch: fc.nat(2 ** 15 - 1),
    firstSequence: fc.nat(2 ** 31 - 1),
    transactional: fc.boolean(),
  }),
);
/** Java counts from the time of the first message, kafkajs and we from the earliest: here the first is the earliest. */
const batch: fc.Arbitrary<Written> = fc
  .record({ producer, messages, pause: fc.nat(2 ** 33) })
  .map(({ producer, messages, pause }) => ({
    ...producer,
    messages: messages.map((one, i) => ({ ...one, timestamp: String(NOW + i * pause) })),
  }));

type Content = Buffer | string | null | undefined;
const bytesOf = (content: Content) => (content == null ? null : Buffer.from(content as string));
const headersOf = ({ headers = {} }: Message) =>
  Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, bytesOf(one)] as const),
  );

/** A message as it was given, and as it is read: the headers by their name, of each all values. */
const written = (message: Message) => ({
  timestamp: message.timestamp,
  key: bytesOf(message.key),
  value: bytesOf(message.value),
  headers: new Map(
    Map.groupBy(headersOf(message), ([name]) => name)
      .entries()
      .map(valuesOf),
  ),
});
const valuesOf = ([name, all]: [string, readonly (readonly [string, Buffer | null])[]]) =>
  [name, all.map(([, value]) => value)] as const;
const shown = ({ timestamp, key, value, headers }: Awaited<ReturnType<typeof readBatches>>[0]) => ({
  ...{ timestamp, key, value },
  headers: new Map(Object.entries(headers).map(([name, values]) => [name, Array.isArray(values) ? values : [values]])),
});

/** What BatchPeer.java is asked. */
function question({ messages, producerId, ...producer }: Written): string {
  const base64 = (bytes: Buffer | null) => bytes?.toString("base64") ?? null;
  const told = messages.map((message) => ({
    timestamp: Number(message.timestamp),
    key: base64(bytesOf(message.key)),
    value: base64(bytesOf(message.value)),
    headers: headersOf(message).map(([name, value]) => [base64(Buffer.from(name)), base64(value)]),
  }));
  return JSON.stringify({ ...producer, producerId: Number(producerId), messages: told });
}

describe.skipIf(noJava !== undefined)("with Kafka's client for Java", { tags: ["java"] }, () => {
  test(
    "a batch has the same bytes, whatever the messages are, and is read as it was written",
    async () => {
      const jars = await kafkaJars(process.env);
      const many = fc.array(batch, { minLength: 300, maxLength: 300 });

      await fc.assert(
        fc.asyncProperty(many, async (batches) => {
          // Once: its start is what takes long.
          const lines = await runJava(["-cp", `${jars}/*`, SOURCE], batches.map(question).join("\n"));

          const theirs = lines.map((line) => Buffer.from(line, "base64"));
          for (const [i, one] of batches.entries()) expect(batchOf([...one.messages], one, NOW)).toEqual(theirs[i]);
          const read = await readBatches(Buffer.concat(theirs));
          expect(read.map(shown)).toEqual(batches.flatMap((one) => one.messages.map(written)));
        }),
        { numRuns: 1, endOnFailure: true },
      );
    },
    TIMEOUT_MS,
  );
});
