// `wadi start --kafka --redis`: observations with their labels inline, from the ingress through Kafka to the commit in Redis.

import { join } from "node:path";
import { kafkaMissing } from "../../functions/local/services/kafka-jars.ts";
import { labelledFlights } from "../flights.ts";
import { startKafka } from "../kafka-server.ts";
import { processUnderLoad } from "../loaded-wadi.ts";
import { redisVersion, startRedis } from "../redis-server.ts";
import { type Context, microsecondsEach, type Row, ratios, WARM_UP } from "../row.ts";

const TOPIC = "knative-broker-wadi-default";

export const kafka: Row = {
  name: "kafka",
  title: "wadi start on Kafka and Redis, ingress to commit",
  async run(context) {
    const { rounds, small, session, progress, note } = context;
    const missing =
      kafkaMissing(process.env) ?? (redisVersion() === undefined ? "there is no redis-server" : undefined);
    if (missing !== undefined) {
      note(`kafka: its row is left out: ${missing}`);
      return [];
    }
    const events = small ? 100 : 15_000;
    const [server, redis] = [await startKafka(session), await startRedis(session, { durable: true })];
    const places = ["--kafka", server.broker, "--redis", `redis://127.0.0.1:${redis.port}`];
    const wadi = await processUnderLoad(session, session.folder(), places);
    const [rates, bare, cpu]: [number[], number[], number[]] = [[], [], []];
    for (let i = 1 - WARM_UP; i <= rounds; i++) {
      progress(i < 1 ? "warming up" : `round ${i} of ${rounds}`);
      const { seconds, cpuSeconds } = await wadi.learn(labelledFlights((i + WARM_UP) * events, events));
      const read = await readAll(context, server.broker);
      if (i < 1) continue;
      rates.push(events / seconds);
      cpu.push(microsecondsEach(cpuSeconds, events));
      bare.push(read.messages / read.seconds);
    }
    await wadi.check();
    await wadi.running.stop();
    await redis.kill();
    await server.kill();
    note(
      `kafka: Kafka ${server.version}, one node, four partitions; an observation makes four to five records of its topic`,
    );
    return [
      {
        what: "through Kafka, ingress to commit",
        anchor: { name: "a bare consumer of its topic", unit: "events/s", values: bare },
        ours: { name: "wadi start", unit: "events/s", values: rates, cpu },
        ratio: ratios(rates, bare),
        bar: { of: "ours", atLeast: 4000 }, // a rate is not held to a consumer's, which does none of the work
      },
      ...(cpu.every(Number.isFinite)
        ? [
            {
              what: "through Kafka, CPU of an observation",
              ours: { name: "wadi start", unit: "µs CPU", values: cpu },
              bar: { of: "ours", atMost: 250 } as const,
            },
          ]
        : []),
    ];
  },
};

async function readAll({ session }: Context, broker: string): Promise<{ messages: number; seconds: number }> {
  const program = join(import.meta.dirname, "../anchors/bare-consumer.ts");
  const [text] = await session.node([program, broker, TOPIC]).find(/^\{.*$/);
  return JSON.parse(text) as { messages: number; seconds: number };
}
