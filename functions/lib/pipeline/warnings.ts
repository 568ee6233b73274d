// What of a valid pipeline file will hardly do what its author means: told by `wadi pipeline check` and `new`, and no error.

import type { FeatureOutput } from "../features/feature.ts";
import type { Part } from "../learners/learner.ts";
import { after, readPart, type Step, touches } from "./chain.ts";
import type { Pipeline } from "./pipeline.ts";

const MOST_NAMED = 5;

/** Each with its place in the file and its cure. */
export function warningsOf({
  models,
  featureOutputs,
  context,
}: Pick<Pipeline, "models" | "featureOutputs" | "context">): string[] {
  return Object.entries(models).flatMap(([model, chain]) => {
    let outputs = featureOutputs;
    return chain.flatMap((part: Part, i) => {
      const step = readPart(part, []);
      const unscaled = unscaledFor(step, outputs);
      const scaled = outputs.map((output) =>
        isScaled(step) && touches(step, output, context) ? { ...output, isSmall: true } : output,
      );
      outputs = scaled.flatMap((output) => after(output, step, context));
      return unscaled.length === 0 ? [] : [unscaledText(`models.${model}[${i}]`, step, unscaled)];
    });
  });
}

function isScaled({ type }: Step): boolean {
  return type.scales === true || type.levels === true;
}

/** One feature alone is no matter of scale: a learning rate that fits it will do. */
function unscaledFor({ type }: Step, outputs: readonly FeatureOutput[]): readonly FeatureOutput[] {
  if (type.isGradient !== true || (outputs.length < 2 && outputs[0]?.open !== true)) return [];
  return outputs.filter(({ kind, isSmall }) => kind === "number" && isSmall !== true);
}

function unscaledText(place: string, { type }: Step, outputs: readonly FeatureOutput[]): string {
  const names = outputs.slice(0, MOST_NAMED).map(({ name, open }) => (open ? `${name}*` : name));
  const more = outputs.length > MOST_NAMED ? ` and ${outputs.length - MOST_NAMED} more` : "";
  return (
    `${place}: ${names.join(", ")}${more} ${outputs.length === 1 ? "reaches" : "reach"} ${type.name} as ` +
    `${outputs.length === 1 ? "it is" : "they are"}. One learning rate does not fit features of different sizes: put ` +
    "standard-scaler: { only: numbers } before it"
  );
}
