// What a commit was, as the history of a model set tells it; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const strict = { additionalProperties: false };

export const Values = Type.Record(Type.String(), Type.Number(), {
  description: "by metric: mae, rmse, mae_rolling_1000",
});

const ChampionChange = Type.Object(
  { from: Type.String(), to: Type.String(), why: Type.String({ description: "for people" }) },
  { ...strict, description: "where this commit changed the model that serves" },
);

export const HistoryPoint = Type.Object(
  {
    version: Type.Integer({ minimum: 0, description: "the commit" }),
    time: Type.Number({ description: "of the commit, epoch milliseconds" }),
    count: Type.Integer({ minimum: 0, description: "examples learned by then" }),
    metrics: Type.Record(Type.String(), Values, { description: "by model" }),
    champion: Type.Optional(ChampionChange),
  },
  strict,
);

export type HistoryPoint = Static<typeof HistoryPoint>;
