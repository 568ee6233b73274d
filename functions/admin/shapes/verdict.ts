// How good the model that serves is, as the admin API answers it.

import Type, { type Static } from "typebox";

const strict = { additionalProperties: false };

export const Verdict = Type.Object(
  {
    text: Type.String({ description: "for people" }),
    better: Type.Union([Type.Literal("lower"), Type.Literal("higher")], {
      description: "which value is the better one",
    }),
    value: Type.Number({ description: "of the model that serves" }),
    baseline: Type.Optional(
      Type.Object(
        { model: Type.String(), value: Type.Number() },
        { ...strict, description: "the best one that was scored on the same examples" },
      ),
    ),
    isBetter: Type.Optional(
      Type.Boolean({ description: "whether the model that serves is better than it, beyond rounding" }),
    ),
  },
  strict,
);

export type Verdict = Static<typeof Verdict>;
