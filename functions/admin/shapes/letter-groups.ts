// Dead letters by what went wrong, as the admin API answers them; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const strict = { additionalProperties: false };
const count = (description: string) => Type.Integer({ minimum: 0, description });
const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });

const LetterGroup = Type.Object(
  {
    reason: Type.String(),
    step: Type.String(),
    pipeline: Type.Optional(Type.String()),
    field: Type.Optional(Type.String({ description: "at fault, where the step named one" })),
    letters: count("dead letters"),
    redriven: count("of these, that were sent again before and came back"),
    oldest: time("given up"),
    newest: time("given up"),
    example: Type.Object(
      { number: Type.Integer(), message: Type.String({ description: "what the step said, in words" }) },
      { ...strict, description: "the newest" },
    ),
  },
  strict,
);

export const LetterGroups = Type.Object(
  {
    items: Type.Array(LetterGroup, { description: "the largest first" }),
    counted: count("dead letters that were looked at, the newest"),
    all: count("dead letters that are kept"),
  },
  strict,
);

export type LetterGroup = Static<typeof LetterGroup>;
export type LetterGroups = Static<typeof LetterGroups>;
