// Under which digests a model may have learned before its file grew: the same chain with the first ones of its features, and with
// the names that fields had in earlier schemas. What a model sees are the names of its features; those must be as they were.

import type { FeatureSpec } from "../features/feature.ts";
import { featureTypes } from "../features/index.ts";
import { learnerTypes } from "../learners/index.ts";
import { readPart } from "../learners/named-part.ts";
import type { TargetSpec } from "../learners/task.ts";
import { modelDigest } from "./digest.ts";
import type { PipelineFile } from "./pipeline-file.ts";
import type { RecordSchema } from "./record/avro.ts";
import { writtenAs } from "./record/resolution.ts";

interface Inputs {
  readonly features: readonly FeatureSpec[];
  readonly target: TargetSpec;
}

/** Found when they are first asked for: hundreds of features are as many digests, and hardly any start needs them. */
export function createDigestsBeforeGrowth(
  { models, features, target }: PipelineFile,
  schemas: readonly RecordSchema[],
): (model: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (model) => {
    const chain = models[model] ?? [];
    const found =
      known.get(model) ?? (chain.every(seesNewFeatures) ? digestsOf(chain, { features, target }, schemas) : []);
    known.set(model, found);
    return found;
  };
}

function seesNewFeatures(part: PipelineFile["models"][string][number]): boolean {
  return learnerTypes[readPart(part).name]?.keepsFirstFeatures !== true;
}

function digestsOf(
  chain: PipelineFile["models"][string],
  now: Inputs,
  schemas: readonly RecordSchema[],
): readonly string[] {
  const own = modelDigest({ chain, ...now });
  const digests = [now, ...schemas.flatMap((schema) => renamed(now, schema, schemas.at(-1) as RecordSchema))].flatMap(
    ({ features, target }) =>
      features.map((_, dropped) => {
        return modelDigest({ chain, features: features.slice(0, features.length - dropped), target });
      }),
  );
  return [...new Set(digests)].filter((digest) => digest !== own);
}

/** The same inputs as a file had them whose fields were called as in that schema: with and without names that it may have left out. */
function renamed({ features, target }: Inputs, schema: RecordSchema, reader: RecordSchema): readonly Inputs[] {
  const nameThen = (name: string) => {
    const field = reader.fields.find((one) => one.name === name);
    return (field && writtenAs(field, schema.fields)?.name) ?? name;
  };
  const then = features.map((spec): FeatureSpec => ({ ...spec, from: nameThen(spec.from) }));
  const isSame = then.every(({ from }, i) => from === features[i]?.from);
  const field = target.field === undefined ? {} : { field: nameThen(target.field) };
  if (isSame && field.field === target.field) return [];
  const unnamed = then.map((spec, i): FeatureSpec => {
    const { name: _name, ...rest } = spec;
    return outputsOf(rest) === outputsOf(features[i] as FeatureSpec) ? rest : spec;
  });
  return [then, unnamed]
    .filter((all) => all.every((spec, i) => outputsOf(spec) === outputsOf(features[i] as FeatureSpec)))
    .map((all) => ({ features: all, target: { ...target, ...field } }));
}

function outputsOf(spec: FeatureSpec): string {
  const outputs = featureTypes[spec.as]?.create(spec).outputs ?? [];
  return outputs.map(({ name }) => name).join(" ");
}
