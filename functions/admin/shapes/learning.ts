// How well is learned, as the admin API answers it; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const strict = { additionalProperties: false };

export const Learning = Type.Object(
  {
    pipeline: Type.String(),
    last: Type.Optional(
      time(
        "the last commit, whoever's; of more than a hundred model sets, this process's; absent where there was none",
      ),
    ),
    perMinute: Type.Number({
      description:
        "examples that this process learned over the last minute; of several processes each tells its part, and the dashboard of a cluster the whole",
    }),
    servedShare: Type.Optional(
      Type.Number({
        description:
          "of the labels that it learned in the last minute, the share scored on what was served; 0 to 1. Absent where there was none, and where labels are not learned",
      }),
    ),
  },
  strict,
);

export const Coverage = Type.Object(
  {
    level: Type.Number({ description: "the share of truths that its intervals are to hold" }),
    n: count("examples whose interval was known before the truth"),
    inside: count("of these, whose truth was in it"),
  },
  { ...strict, description: "of its intervals; absent before there is one" },
);

export const Calibration = Type.Array(
  Type.Object(
    {
      n: count("predictions in this tenth of [0, 1]; the tenth bin has 1, too"),
      predicted: Type.Number({ description: "their mean; 0 where there is none" }),
      observed: Type.Number({ description: "the share that came true; 0 where there is none" }),
    },
    strict,
  ),
  { description: "ten bins, of the probability of true, or of the likeliest class; absent in other tasks" },
);

export type Learning = Static<typeof Learning>;
export type Coverage = Static<typeof Coverage>;
export type Calibration = Static<typeof Calibration>;
