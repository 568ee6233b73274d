// Why a topic cannot be read, in words, with the cure.

export function whyNot(error: Error, topic: string): string {
  // Of an error that outlived kafkajs's own tries, the last one's cause tells more.
  const { type } = (error.cause ?? error) as { readonly type?: unknown };
  if (type === "UNKNOWN_TOPIC_OR_PARTITION") {
    return `there is no topic ${topic}: make it, or correct the pipeline file's sources (this Kafka's topics: kafka-topics --list)`;
  }
  if (type === "TOPIC_AUTHORIZATION_FAILED" || type === "GROUP_AUTHORIZATION_FAILED") {
    return `Kafka does not allow it (${error.message}): grant read on the topic and on the group wadi-source-*`;
  }
  return `Kafka cannot be had: ${error.message}`;
}
