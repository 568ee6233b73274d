// Observations of `wadi emit --avro`: their data in Avro, under the newest schema of the pipeline. Labels stay JSON.

import type { Event } from "../../lib/events/vocabulary.ts";
import { UsageError } from "../../lib/failure.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { CommandContext } from "../context.ts";
import { pipelineOf } from "./known-pipelines.ts";

/** @throws RejectedError `schema` where the data does not fit. */
export type InAvro = (observation: Event) => Event;

/** @throws UsageError where the schema is not known here. */
export async function avroOf(name: string | undefined, ingress: string, context: CommandContext): Promise<InAvro> {
  if (name === undefined) throw new UsageError("--avro writes a pipeline's schema: add --pipeline <name>");
  const pipeline = await pipelineOf(name, ingress, context);
  if (pipeline !== undefined) return inAvro(pipeline);
  throw new UsageError(
    `--avro needs the schema of ${name}, which is not known here: start Wadi here, or put the pipeline's file into helm/pipelines`,
  );
}

function inAvro({ name, schemaVersion, encodeAvro }: Pipeline): InAvro {
  return (observation) => ({
    ...observation,
    datacontenttype: "application/avro",
    dataschema: `urn:wadi:${name}:${schemaVersion}`,
    data: encodeAvro(observation.data),
  });
}
