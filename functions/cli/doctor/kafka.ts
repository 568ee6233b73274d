// Kafka, where one is named: whether it answers, and whether its topics keep events for as long as Wadi assumes.

import { type KafkaAddress, showKafkaAddress, topicOf } from "../../lib/broker/kafka/address.ts";
import type { TopicLook } from "../../lib/broker/kafka/log/look.ts";
import { DAY_MS } from "../../lib/duration.ts";
import { asError } from "../../lib/errors.ts";
import { plural } from "../../lib/figures.ts";
import type { Retention } from "../../lib/retention.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

export async function checkKafka(address: KafkaAddress, retention: Retention): Promise<Finding[]> {
  const { lookAtKafka } = await import("../../lib/broker/kafka/log/look.ts");
  try {
    const { brokers, topics } = await lookAtKafka(address);
    const where = `${showKafkaAddress(address)}, ${plural(brokers, "broker")}`;
    const topic = topics.find(({ name }) => name === topicOf(address));
    if (topic === undefined) return [ok("kafka", `${where}; topic ${topicOf(address)} is created at the start`)];
    const shown = `topic ${topic.name} with ${plural(topic.partitions, "partition")}, ${plural(topic.replicas, "replica")}`;
    return [ok("kafka", `${where}; ${shown}`), ...topics.flatMap((one) => retentionFindings(one, address, retention))];
  } catch (error) {
    return [
      fail("kafka", asError(error).message, "check the address (--kafka, or WADI_KAFKA), and whether Kafka runs"),
    ];
  }
}

/** Kept too long, an event comes after its id has expired and is refused; kept too short, it is lost before it is learned. */
export function retentionFindings(
  { name, retentionMs }: TopicLook,
  { deadLetters }: KafkaAddress,
  { logMs, deadLetterMs }: Retention,
): Finding[] {
  const counted = name === deadLetters ? deadLetterMs : logMs;
  if (retentionMs === counted || Number.isNaN(retentionMs)) return [];
  const kept = retentionMs === Infinity ? "forever" : `${Math.round((10 * retentionMs) / DAY_MS) / 10} days`;
  const why =
    retentionMs < counted
      ? "events that wait longer are lost"
      : "events that come later than that are refused, not learned";
  return [
    warn(
      "kafka",
      `topic ${name} keeps events ${kept}, but Wadi assumes ${counted / DAY_MS} days: ${why}`,
      `change it: kafka-configs.sh --alter --topic ${name} --add-config retention.ms=${counted}`,
    ),
  ];
}
