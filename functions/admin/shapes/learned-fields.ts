// What was learned of the fields of an observation, as the admin API answers it: for who fills in a form.

import Type, { type Static } from "typebox";

const strict = { additionalProperties: false };

const numbers = {
  n: Type.Optional(Type.Integer({ minimum: 0, description: "values learned, where they are counted" })),
  mean: Type.Optional(Type.Number()),
  deviation: Type.Optional(Type.Number({ description: "standard deviation, beside the mean" })),
  least: Type.Optional(Type.Number({ description: "the lower end of what was learned, where there is no mean" })),
  most: Type.Optional(Type.Number({ description: "the upper end" })),
};
const valuesInAll = Type.Optional(Type.Integer({ minimum: 0, description: "categories known in all" }));

export const LearnedOfField = Type.Object(
  {
    ...numbers,
    values: Type.Optional(Type.Array(Type.String(), { description: "categories that are known, at most 100" })),
    valuesInAll,
  },
  { ...strict, description: "what the models have learned of the field; absent where they keep nothing of it" },
);

/** What the value is unusual beside: mean and deviation, the two ends, or how many other categories are known. */
export const Unusual = Type.Object(
  {
    field: Type.String(),
    feature: Type.String({ description: "made of the field" }),
    value: Type.Union([Type.Number(), Type.String()], { description: "of the feature, or the category" }),
    ...numbers,
    valuesInAll,
  },
  strict,
);

/** A feature before the chain of a model, or, where `open`, all features that begin with the name. */
export const FeatureOrigin = Type.Object(
  {
    name: Type.String(),
    open: Type.Boolean(),
    kind: Type.Union([Type.Literal("number"), Type.Literal("indicator"), Type.Literal("text")]),
    from: Type.String({ description: "the field" }),
    as: Type.String({ description: "the transform: number, one-hot, hour-of-day" }),
  },
  strict,
);

export const Example = Type.Object(
  {
    record: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()])),
    from: Type.Union([Type.Literal("observation"), Type.Literal("learned")], {
      description: "observation: the newest one that this process has at hand; learned: made up of what is usual",
    }),
    time: Type.Optional(Type.Number({ description: "when the observation came, epoch milliseconds" })),
  },
  { ...strict, description: "without target, subject and what is null; absent where nothing sensible is known" },
);

export type LearnedOfField = Static<typeof LearnedOfField>;
export type Unusual = Static<typeof Unusual>;
export type FeatureOrigin = Static<typeof FeatureOrigin>;
export type Example = Static<typeof Example>;
