// What a model set has learned, in numbers, as the admin API answers it; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const strict = { additionalProperties: false };
const count = (description: string) => Type.Integer({ minimum: 0, description });
const Weight = Type.Union([Type.Number(), Type.Null()]);

const WeightOf = Type.Object(
  {
    feature: Type.String({ description: "as the chain has made it: after scaling, one-hot, hashing" }),
    class: Type.Optional(Type.String({ description: "of a model with a sum for each class" })),
    now: Type.Number(),
    before: Type.Array(Weight, {
      description: "at each of `versions`; null where the state of then had no such weight",
    }),
  },
  strict,
);

const ModelWeights = Type.Object(
  {
    name: Type.String(),
    serves: Type.Boolean(),
    unit: Type.Union([Type.Literal("target"), Type.Literal("log-odds"), Type.Literal("log-probability")]),
    intercept: Type.Optional(Type.Number({ description: "absent where each class has its own" })),
    weights: Type.Array(WeightOf, { description: "the largest by size, at most as many as were asked for" }),
    others: count("weights that are not shown"),
  },
  strict,
);

export const Weights = Type.Object(
  {
    set: Type.String(),
    version: count("commits"),
    versions: Type.Array(
      Type.Object(
        {
          version: count("the commit"),
          time: Type.Number({ description: "epoch milliseconds" }),
          count: count("examples learned by then"),
        },
        strict,
      ),
      { description: "the snapshots that `before` is from, oldest first" },
    ),
    models: Type.Array(ModelWeights, { description: "those that are a sum of weights; others have none to show" }),
  },
  strict,
);

export const WeightsQuery = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 30 })) },
  strict,
);

export type Weights = Static<typeof Weights>;
export type ModelWeights = Static<typeof ModelWeights>;
export type WeightsQuery = Static<typeof WeightsQuery>;
