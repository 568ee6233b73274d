// To try a pipeline: a prediction, an event. The rest of a pipeline is in shapes.ts.

import Type, { type Static } from "typebox";
import { Example, FeatureOrigin, LearnedOfField, Unusual } from "./learned-fields.ts";
import { PipelineSummary } from "./shapes.ts";

const strict = { additionalProperties: false };
const Value = Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]);
const Fields = Type.Record(Type.String({ maxLength: 200 }), Value);

const PipelineField = Type.Object(
  {
    name: Type.String(),
    kind: Type.Union(
      [
        Type.Literal("number"),
        Type.Literal("integer"),
        Type.Literal("text"),
        Type.Literal("boolean"),
        Type.Literal("time"),
        Type.Literal("enum"),
      ],
      { description: "what a form asks for; a time is epoch milliseconds or ISO 8601" },
    ),
    symbols: Type.Optional(Type.Array(Type.String(), { description: "of an enum" })),
    optional: Type.Boolean({ description: "may be left out" }),
    isTarget: Type.Boolean(),
    isTime: Type.Boolean({ description: "the event's time" }),
    isSubject: Type.Boolean({ description: "names the observation" }),
    default: Type.Optional(
      Type.Unsafe<Static<typeof Value>>({ ...Value, description: "what counts where it is left out" }),
    ),
    learned: Type.Optional(LearnedOfField),
  },
  strict,
);

export const PipelineDetail = Type.Object(
  {
    ...PipelineSummary.properties,
    record: Type.Array(PipelineField, { description: "the fields of an observation, of the highest schema version" }),
    classes: Type.Optional(Type.Array(Type.String(), { description: "of a binary target: how each truth is written" })),
    features: Type.Array(FeatureOrigin, { description: "what models see of a record, before their chains" }),
    learnedFrom: Type.Optional(
      Type.Object(
        { set: Type.String(), count: Type.Integer({ minimum: 0, description: "examples learned" }) },
        { ...strict, description: "the model set that `learned` of the fields is from; absent where none has learned" },
      ),
    ),
    example: Type.Optional(Example),
    modelPer: Type.Optional(Type.String({ description: "the field that has a model set for each of its values" })),
    text: Type.String({ description: "the pipeline file" }),
  },
  strict,
);

export const PredictRequest = Type.Object(
  {
    record: Fields,
    interval: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 0.99, description: "the share of cases that it is to hold" }),
    ),
    explain: Type.Optional(Type.Boolean()),
  },
  strict,
);

/** As of `prediction.made`. */
export const Predicted = Type.Object(
  {
    value: Type.Unknown({
      description: "the champion's: a number, probabilities by label, or null where nothing was learned yet",
    }),
    class: Type.Optional(Type.Union([Type.Boolean(), Type.String()])),
    alarm: Type.Optional(Type.Boolean()),
    model: Type.String({ description: "the champion" }),
    set: Type.String(),
    generation: Type.String(),
    version: Type.Integer({ minimum: 0 }),
    values: Type.Record(Type.String(), Type.Unknown(), { description: "by model" }),
    x: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()]), {
        description: "the features of the record, before the chain of a model",
      }),
    ),
    unusual: Type.Optional(
      Type.Array(Unusual, {
        description: "features far outside of what the set has learned; absent where that is not known",
      }),
    ),
    stalenessMs: Type.Optional(Type.Number()),
    interval: Type.Optional(
      Type.Unknown({ description: "level and lower, upper or classes; or none: why there is none" }),
    ),
    explanation: Type.Optional(Type.Unknown({ description: "kind: sum, sums, path or none; as events.md has it" })),
  },
  strict,
);

/** An observation or a label of one pipeline; it takes the way of any client's event. */
export const SendRequest = Type.Object(
  {
    pipeline: Type.String({ maxLength: 100 }),
    kind: Type.Union([Type.Literal("observation"), Type.Literal("label")]),
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: "default: a new one" })),
    subject: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1000, description: "of a label: the observation's" }),
    ),
    data: Fields,
    corrects: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          "a dead letter whose corrected data this is: a new event, with a new id and, where none is given, the letter's subject; the letter is dropped once the event was taken",
      }),
    ),
  },
  strict,
);

export const Sent = Type.Object(
  {
    source: Type.String(),
    id: Type.String(),
    subject: Type.String({ description: "the observation to follow" }),
    dropped: Type.Optional(
      Type.Boolean({ description: "of a correction: whether the dead letter is gone; false: drop it by its number" }),
    ),
  },
  strict,
);

export type PipelineField = Static<typeof PipelineField>;
export type PipelineDetail = Static<typeof PipelineDetail>;
export type PredictRequest = Static<typeof PredictRequest>;
export type Predicted = Static<typeof Predicted>;
export type SendRequest = Static<typeof SendRequest>;
export type Sent = Static<typeof Sent>;
