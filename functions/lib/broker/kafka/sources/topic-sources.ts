// The topics that pipeline files name as sources: read where a Kafka is named.

import type { Clock } from "../../../clock.ts";
import type { Event } from "../../../events/vocabulary.ts";
import type { Pipelines } from "../../../pipeline/choice.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { KafkaAddress } from "../address.ts";

export interface SourcesChoice {
  readonly kafka: KafkaAddress | undefined;
  readonly pipelines: Pipelines;
  publish(event: Event): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Begins to read them; the answer ends it. What a file asks for and this process does not do is said. */
export async function readTopics({ kafka, pipelines, publish, clock, log }: SourcesChoice): Promise<() => unknown> {
  const asked = [...pipelines.values()].filter(({ sources }) => sources.length > 0);
  if (asked.length === 0) return () => {};
  if (kafka === undefined) {
    for (const { name, sources } of asked) {
      const topics = sources.map(({ topic }) => topic).join(", ");
      const cure = "name their Kafka, wadi start --kafka localhost:9092";
      log.warn({ pipeline: name, topics }, `its sources are not read: ${cure}`);
    }
    return () => {};
  }
  // Loaded only where it is wanted.
  const { createClient } = await import("../client.ts");
  const { openTopicSources } = await import("./source.ts");
  const sources = openTopicSources({ kafka: createClient(kafka, log), pipelines, publish, clock, log });
  return () => sources.stop();
}
