// Makes a pipeline from the text of its file: YAML, then shape, then meaning.

import type { Features, FlatRecord } from "../events/vocabulary.ts";
import type { Emit, Feature } from "../features/feature.ts";
import { type BestSpec, readBest } from "../learners/champion.ts";
import type { TargetSpec } from "../learners/task.ts";
import { Problems } from "../problems.ts";
import { createDigestsBeforeGrowth } from "./ancestry.ts";
import { digestOf, modelDigest } from "./digest.ts";
import { driftOf } from "./drift.ts";
import { checkShape } from "./file/shape.ts";
import { parseYaml } from "./file/yaml.ts";
import { type Meaning, readMeaning } from "./meaning.ts";
import { createSetOf } from "./model-per.ts";
import type { FeatureOrigin, Pipeline } from "./pipeline.ts";
import type { PipelineFile } from "./pipeline-file.ts";
import { readPredict } from "./predict.ts";
import { createRecordCodec } from "./record/record.ts";
import { createTopicSource } from "./sources/source.ts";

/**
 * @param file the name by which errors call it.
 * @throws ConfigurationError naming the file and, for every problem, its path and cure.
 */
export function parsePipeline(text: string, file: string): Pipeline {
  const source = parseYaml(text, file);
  const problems = new Problems();
  checkShape(source, problems);
  // Where the file as a whole is no map there is nothing to read.
  const isMap = typeof source === "object" && source !== null && !Array.isArray(source);
  const meaning = isMap ? readMeaning(source as PipelineFile, problems.sections, problems) : undefined;
  problems.throwIfAny(file);
  return createPipeline(source as PipelineFile, meaning as Meaning, { file, text });
}

function createPipeline(
  source: PipelineFile,
  meaning: Meaning,
  { file, text }: Pick<Pipeline, "file" | "text">,
): Pipeline {
  const { target, models, features } = source;
  const codec = createRecordCodec({
    pipeline: source.name,
    schemas: meaning.schemas,
    timeField: source.event.time,
    subjectField: source.event.subject,
    target: meaning.target,
    modelPer: meaning.modelPer?.field,
  });
  const fields = meaning.schemas.at(-1)?.fields ?? [];
  const sourceOptions = {
    ...{ pipeline: source.name, targetField: target.field, subjectField: source.event.subject, fields },
    decodeAvro: codec.decodeAvro,
  };
  return {
    name: source.name,
    description: source.description ?? "",
    file,
    text,
    digest: digestOf(source),
    task: target.task,
    targetField: target.field,
    target: meaning.target,
    timeField: source.event.time,
    subjectField: source.event.subject,
    labelHorizonMs: meaning.labelHorizonMs,
    schemaVersions: meaning.schemas.map(({ version }) => version).sort((a, b) => a - b),
    schemaVersion: meaning.schemas.at(-1)?.version as number,
    schemas: meaning.schemas,
    fields: fields.map(({ name }) => name),
    recordFields: fields,
    featureOutputs: meaning.features.flatMap((feature) => feature.outputs),
    featureOrigins: meaning.features.flatMap((feature, i) => originsOf(feature, features[i]?.as ?? "")),
    context: meaning.context,
    models,
    modelDigests: Object.fromEntries(
      Object.entries(models).map(([name, chain]) => [name, modelDigest({ chain, features, target })]),
    ),
    digestsBeforeGrowth: createDigestsBeforeGrowth(source, meaning.schemas),
    modelPer: meaning.modelPer,
    serve: meaning.serve,
    best: bestOf(source.serve, meaning.target),
    predict: readPredict(source),
    metrics: source.metrics,
    drift: driftOf(source, meaning.target),
    sources: (source.sources ?? []).map((topic) => createTopicSource(topic, sourceOptions)),
    ...codec,
    setOf: createSetOf(source.name, meaning.modelPer),
    extract: createExtract(meaning.features),
  };
}

function originsOf({ from, outputs }: Feature, as: string): FeatureOrigin[] {
  return outputs.map(({ name, open, kind }) => ({ name, open, kind, from, as }));
}

/** One emitter for all records: extraction is synchronous, and a closure for each record would be most of the cost. */
function createExtract(features: readonly Feature[]): (record: FlatRecord) => Features {
  let x: Record<string, number | string> = {};
  const emit: Emit = (name, value) => {
    x[name] = value;
  };
  return (record) => {
    x = {};
    for (let i = 0; i < features.length; i++) {
      const feature = features[i] as Feature;
      const value = record[feature.from];
      if (value !== null && value !== undefined) feature.extract(value, emit);
    }
    return x;
  };
}

function bestOf(serve: PipelineFile["serve"], { threshold }: TargetSpec): BestSpec | undefined {
  if (typeof serve !== "object") return undefined;
  return { ...readBest(serve), ...(threshold !== undefined && { threshold }) };
}
