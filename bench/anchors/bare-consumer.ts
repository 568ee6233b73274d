// A kafkajs consumer that does nothing with what it gets: reads all that a topic holds, and says how fast.
//
//   node bare-consumer.ts <host:port> <topic>

import { Kafka, logLevel } from "kafkajs";

const [broker = "", topic = ""] = process.argv.slice(2);
const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
const offsets = await admin.fetchTopicOffsets(topic);
const all = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
await admin.disconnect();

let [read, begin] = [0, 0];
const consumer = kafka.consumer({ groupId: `bare-${process.pid}-${Date.now()}`, maxWaitTimeInMs: 100 });
consumer.on(consumer.events.GROUP_JOIN, () => {
  begin = performance.now();
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: 8,
  eachBatch: async ({ batch }) => {
    read += batch.messages.length;
    if (read < all) return;
    process.stdout.write(`${JSON.stringify({ messages: read, seconds: (performance.now() - begin) / 1000 })}\n`);
    process.exit();
  },
});
