// The generator of events, as the admin API answers and takes it; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const strict = { additionalProperties: false };
const count = (description: string) => Type.Integer({ minimum: 0, description });

/** y = beta x + noise. */
export const LineSettings = Type.Object(
  {
    beta: Type.Number({ minimum: -1e6, maximum: 1e6, description: "the slope" }),
    sigma: Type.Number({ minimum: 0, maximum: 1e6, description: "the standard deviation of the noise" }),
  },
  strict,
);

export const GeneratorRequest = Type.Object(
  {
    pipeline: Type.String({ maxLength: 100 }),
    from: Type.Union([Type.Literal("line"), Type.Literal("app-sessions"), Type.Literal("file")], {
      description: "what makes the rows",
    }),
    rate: Type.Number({ exclusiveMinimum: 0, maximum: 5000, description: "rows a second" }),
    n: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000_000, description: "rows; absent: until it is stopped" }),
    ),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })),
    line: Type.Optional(LineSettings),
    users: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: "of app-sessions" })),
    file: Type.Optional(
      Type.Object(
        {
          name: Type.String({ maxLength: 200, description: "its ending says what it is: .csv, .ndjson, .json" }),
          text: Type.String({ description: "the file itself" }),
          time: Type.Optional(Type.String({ maxLength: 200, description: "the column of the event's time" })),
        },
        strict,
      ),
    ),
    lateLabels: Type.Optional(
      Type.String({ maxLength: 200, description: "as of wadi emit: 10 (rows), 30m, 2h, column:arrived" }),
    ),
  },
  strict,
);

/** What may be changed while it runs. */
export const GeneratorTurn = Type.Object(
  { rate: Type.Optional(GeneratorRequest.properties.rate), line: Type.Optional(LineSettings) },
  { ...strict, minProperties: 1 },
);

const Line = Type.Object({ intercept: Type.Number(), slope: Type.Number() }, strict);

export const Generator = Type.Object(
  {
    state: Type.Union([
      Type.Literal("idle"),
      Type.Literal("runs"),
      Type.Literal("done"),
      Type.Literal("stopped"),
      Type.Literal("failed"),
    ]),
    pipeline: Type.Optional(Type.String()),
    from: Type.Optional(Type.String({ description: "line, app-sessions, or the name of the file" })),
    rate: Type.Optional(Type.Number({ description: "rows a second, as it was asked for" })),
    n: Type.Optional(Type.Integer()),
    line: Type.Optional(LineSettings),
    startedAt: Type.Optional(Type.Number({ description: "epoch milliseconds" })),
    rows: count("made or read"),
    observations: count("taken by Wadi"),
    labels: count("taken by Wadi"),
    refused: count("not taken"),
    waitingLabels: count("that are to be sent later"),
    error: Type.Optional(Type.String({ description: "why it failed, or the first refusal" })),
    points: Type.Optional(
      Type.Array(Type.Object({ x: Type.Number(), y: Type.Number() }, strict), {
        description: "the last ones of a line, oldest first, at most 500",
      }),
    ),
    fits: Type.Optional(
      Type.Object(
        {
          online: Type.Optional(Type.Object(Line.properties, { ...strict, description: "what the champion says now" })),
          batch: Type.Optional(
            Type.Object(Line.properties, { ...strict, description: "least squares over these points" }),
          ),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type LineSettings = Static<typeof LineSettings>;
export type GeneratorRequest = Static<typeof GeneratorRequest>;
export type GeneratorTurn = Static<typeof GeneratorTurn>;
export type Generator = Static<typeof Generator>;
