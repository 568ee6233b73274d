// Replays, as the admin API takes and tells of them.

import Type, { type Static } from "typebox";

const strict = { additionalProperties: false };
const count = (description: string) => Type.Integer({ minimum: 0, description });

const POSITION =
  "start, end, a time (RFC 3339), or a position in the log: the number of the next event, of each partition (17, or 17,4,9)";
const Position = (what: string) =>
  Type.String({ minLength: 1, maxLength: 16_000, description: `${what}: ${POSITION}` });

export const ReplayRequest = Type.Object(
  {
    pipeline: Type.String({ maxLength: 300 }),
    from: Type.Optional(Position("from where; default start")),
    to: Type.Optional(Position("up to where; default the end, as it is when the replay begins")),
    into: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description: "the generation to fill, beside the one in force",
      }),
    ),
    fromArchive: Type.Optional(
      Type.Boolean({
        description: "reads the archive of accepted events, and the log where the archive ends; default the log alone",
      }),
    ),
    gap: Type.Optional(Type.Boolean({ description: "feeds the generation in force what the store has lost" })),
    promote: Type.Optional(Type.Boolean({ description: "puts the generation in force at the end" })),
  },
  strict,
);
export type ReplayRequest = Static<typeof ReplayRequest>;

export const ReplayNumber = Type.Object({ number: Type.Integer({ minimum: 1 }) }, strict);

const Scores = Type.Object(
  {
    generation: Type.String(),
    version: count("0: nothing was learned yet"),
    count: count("examples"),
    models: Type.Record(Type.String(), Type.Record(Type.String(), Type.Number()), {
      description: "by model, by metric",
    }),
  },
  strict,
);

export const ReplayedSet = Type.Object(
  {
    set: Type.String(),
    inForce: Scores,
    replayed: Type.Optional(Scores),
  },
  strict,
);

export const Replay = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    pipeline: Type.String(),
    into: Type.Optional(Type.String()),
    fromArchive: Type.Boolean(),
    gap: Type.Boolean(),
    state: Type.Union([
      Type.Literal("replaying"),
      Type.Literal("promoting"),
      Type.Literal("done"),
      Type.Literal("failed"),
      Type.Literal("stopped"),
    ]),
    from: Type.String({ description: "the position in the log" }),
    to: Type.String({ description: "the position in the log" }),
    fraction: Type.Number({ minimum: 0, maximum: 1, description: "of the log between, by number of events" }),
    read: count("observations and labels"),
    examples: count("examples, those included that were learned before"),
    rejected: Type.Record(Type.String(), Type.Integer(), { description: "what cannot be learned, by reason" }),
    waiting: Type.Optional(Type.String({ description: "for what, while it does" })),
    failure: Type.Optional(Type.String({ description: "where it failed" })),
    promoted: Type.Boolean(),
    sets: Type.Optional(Type.Array(ReplayedSet, { description: "at the end, the first hundred" })),
  },
  strict,
);
export type Replay = Static<typeof Replay>;
export type ReplayedSet = Static<typeof ReplayedSet>;
