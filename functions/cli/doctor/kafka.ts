// Kafka, where one is named: whether it answers, and whether its topics keep events as long as Wadi counts on.

import { type KafkaAddress, showKafkaAddress, topicOf } from "../../lib/broker/kafka/address.ts";
import type { TopicLook } from "../../lib/broker/kafka/log/look.ts";
import { asError } from "../../lib/errors.ts";
import { plural } from "../../lib/figures.ts";
import type { Retention } from "../../lib/retention.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

const DAY_MS = 86_400_000;

export async function checkKafka(address: KafkaAddress, retention: Retention): Promise<Finding[]> {
  const { lookAtKafka } = await import("../../lib/broker/kafka/log/look.ts");
  try {
    const { brokers, topics } = await lookAtKafka(address);
    const where = `${showKafkaAddress(address)}, ${plural(brokers, "broker")}`;
    const topic = topics.find(({ name }) => name === topicOf(address));
    if (topic === undefined) return [ok("kafka", `${where}; topic ${topicOf(address)} is made at the start`)];
    const shown = `topic ${topic.name} with ${plural(topic.partitions, "partition")}, ${plural(topic.replicas, "replica")}`;
    return [ok("kafka", `${where}; ${shown}`), ...topics.flatMap((one) => retentionFindings(one, address, retention))];
  } catch (error) {
    return [fail("kafka", asError(error).message, "see whether --kafka (or WADI_KAFKA) names it, and start it")];
  }
}

/** An event that comes after its ids were forgotten is refused; one that left early was never learned. */
export function retentionFindings(
  { name, retentionMs }: TopicLook,
  { deadLetters }: KafkaAddress,
  { logMs, deadLetterMs }: Retention,
): Finding[] {
  const counted = name === deadLetters ? deadLetterMs : logMs;
  if (retentionMs === counted || Number.isNaN(retentionMs)) return [];
  const kept = retentionMs === Infinity ? "for ever" : `${Math.round((10 * retentionMs) / DAY_MS) / 10} days`;
  const why =
    retentionMs < counted ? "what waits longer is lost" : "what comes later than that is refused, not learned";
  return [
    warn(
      "kafka",
      `topic ${name} keeps events ${kept}, and Wadi counts on ${counted / DAY_MS} days: ${why}`,
      `set it: kafka-configs.sh --alter --topic ${name} --add-config retention.ms=${counted}`,
    ),
  ];
}
