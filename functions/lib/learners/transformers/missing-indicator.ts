// A feature that is absent adds an indicator `<feature>_missing`, as scikit-learn's MissingIndicator: where being absent says
// something itself, a model learns what. Put it before impute, behind which nothing is absent.

import type { LearnerType, State, Transformer, Vector } from "../learner.ts";
import { NOTHING_KEPT } from "../state-form.ts";

export const featureList = {
  type: "array",
  items: { type: "string", minLength: 1, maxLength: 200 },
  minItems: 1,
  maxItems: 256,
  uniqueItems: true,
  description: "The names of the features that may be absent.",
};

const missing = (feature: string) => `${feature}_missing`;

export const missingIndicator: LearnerType = {
  name: "missing-indicator",
  role: "transformer",
  options: {
    type: "object",
    additionalProperties: false,
    required: ["features"],
    properties: { features: featureList },
  },
  takesText: () => [],
  names: ({ features }) => features as readonly string[],
  becomes: (feature, { features }) =>
    (features as readonly string[]).includes(feature.name)
      ? [feature, { name: missing(feature.name), open: false, kind: "indicator" }]
      : [feature],
  makesIndicator: (name, { features }) => (features as readonly string[]).some((feature) => missing(feature) === name),
  create(options): Transformer {
    const features = options["features"] as readonly string[];
    return {
      role: "transformer",
      supervised: false,
      form: NOTHING_KEPT,
      init: () => ({ schema: 1 }),
      open: () => ({
        learnOne() {},
        transformOne: (x) => indicated(x, features),
        close: (): State => ({ schema: 1 }),
      }),
    };
  },
};

function indicated(x: Vector, features: readonly string[]): Vector {
  const absent = features.filter((feature) => !x.names.includes(feature)).map(missing);
  if (absent.length === 0) return x;
  return { names: [...x.names, ...absent], values: [...x.values, ...absent.map(() => 1)] };
}
