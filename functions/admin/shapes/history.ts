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

const at = Type.Integer({ minimum: 0, description: "examples learned with the one that showed the drift" });

export const DriftFound = Type.Object(
  {
    model: Type.String({ description: "the model that served" }),
    detector: Type.String(),
    at,
    change: Type.Union([Type.Literal("rise"), Type.Literal("fall")], { description: "of its error" }),
    challenger: Type.Optional(Type.String({ description: "the model that began anew for it" })),
  },
  strict,
);

export const DriftAtTime = Type.Object(
  {
    version: Type.Integer({ minimum: 0, description: "the commit" }),
    time: Type.Number({ description: "of the commit, epoch milliseconds" }),
    ...DriftFound.properties,
  },
  strict,
);

export const RisenSet = Type.Object(
  {
    set: Type.String(),
    count: Type.Integer({ minimum: 0, description: "examples it has learned by now" }),
    ...DriftFound.properties,
  },
  strict,
);

const ModelRestart = Type.Object(
  { model: Type.String(), challenger: Type.String(), at, why: Type.String({ description: "for people" }) },
  strict,
);

const Names = Type.Array(Type.String());

const FileChange = Type.Object(
  {
    from: Type.Integer({ minimum: 0 }),
    to: Type.Integer({ minimum: 0 }),
    added: Names,
    removed: Names,
  },
  {
    ...strict,
    description: "the first commit under another revision of the pipeline's file: its models that came and went",
  },
);

export const HistoryPoint = Type.Object(
  {
    version: Type.Integer({ minimum: 0, description: "the commit" }),
    time: Type.Number({ description: "of the commit, epoch milliseconds" }),
    count: Type.Integer({ minimum: 0, description: "examples learned by then" }),
    scoredOnServed: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: "labels by then that were scored on what was served; absent of commits of an earlier Wadi",
      }),
    ),
    metrics: Type.Record(Type.String(), Values, { description: "by model" }),
    restored: Type.Optional(
      Type.Integer({ minimum: 0, description: "a rollback: the version that this one brought back" }),
    ),
    file: Type.Optional(FileChange),
    champion: Type.Optional(ChampionChange),
    drift: Type.Optional(Type.Array(DriftFound, { description: "what detectors told in this commit" })),
    restarted: Type.Optional(
      Type.Array(ModelRestart, { description: "models that began anew, and replaced the old one in this commit" }),
    ),
    risen: Type.Optional(
      Type.Object(DriftFound.properties, {
        ...strict,
        description:
          "the last rise, until the error falls, another model serves or one that began anew has replaced it",
      }),
    ),
  },
  strict,
);

export type DriftFound = Static<typeof DriftFound>;
export type FileChange = Static<typeof FileChange>;
export type ModelRestart = Static<typeof ModelRestart>;
export type HistoryPoint = Static<typeof HistoryPoint>;
