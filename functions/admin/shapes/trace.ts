// The life of an observation, as the admin API answers it; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });
const strict = { additionalProperties: false };

export const TraceStep = Type.Object(
  {
    time: Type.Optional(time("when")),
    what: Type.Union(
      [
        Type.Literal("observed"),
        Type.Literal("predicted"),
        Type.Literal("labelled"),
        Type.Literal("learned"),
        Type.Literal("dead-letter"),
      ],
      { description: "in the order of its life" },
    ),
    detail: Type.String({ description: "for people" }),
  },
  strict,
);

export const Trace = Type.Object(
  {
    pipeline: Type.String(),
    subject: Type.String(),
    set: Type.Optional(Type.String({ description: "the model set that it belongs to" })),
    state: Type.String({ description: "in words: what it waits for, or how it ended" }),
    spoilt: Type.Optional(Type.String({ description: "why its names may be those of several, and the cure" })),
    steps: Type.Array(TraceStep),
    x: Type.Optional(Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()]))),
    y: Type.Optional(Type.Union([Type.Number(), Type.Boolean(), Type.String()])),
    served: Type.Optional(
      Type.Unknown({
        description:
          "what predict answered: model, version, values of all models; interval and explanation where these were asked for",
      }),
    ),
    labelUntil: Type.Optional(time("the end of the label horizon: until then a label is joined, as the pipeline says")),
    expiresAt: Type.Optional(
      time("until when the record is kept, for what is delivered again; a late label is joined until then, too"),
    ),
  },
  strict,
);

export type Trace = Static<typeof Trace>;
export type TraceStep = Static<typeof TraceStep>;
