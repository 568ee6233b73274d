// The tail of events, as the admin API answers it; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const strict = { additionalProperties: false };
const count = (description: string) => Type.Integer({ minimum: 0, description });

const Outcome = Type.Union([Type.Literal("received"), Type.Literal("derived"), Type.Literal("dead-letter")], {
  description: "received from a client, derived by a step, or given up",
});

export const TailEvent = Type.Object(
  {
    number: count("its place in the tail; it grows, also from one process to the next"),
    time: Type.Number({ description: "when it was written down, epoch milliseconds" }),
    outcome: Outcome,
    type: Type.String(),
    source: Type.String(),
    id: Type.String(),
    subject: Type.Optional(Type.String({ description: "which observation it belongs to, where that is known" })),
    pipeline: Type.Optional(Type.String()),
    step: Type.Optional(Type.String({ description: "that made it, or gave it up" })),
    detail: Type.String({ description: "its data, or why it was given up, in short, for people" }),
  },
  strict,
);

export const EventTail = Type.Object(
  {
    items: Type.Array(TailEvent, {
      description:
        "oldest first; of several processes on one Kafka, those that this one wrote; of a cluster, those of the Broker's topic",
    }),
    next: count("`after` for what comes next"),
    missed: count("events after `after` that are no longer kept, whether they match or not"),
  },
  strict,
);

export const EventTailQuery = Type.Object(
  {
    after: Type.Optional(Type.Integer({ minimum: 0, description: "`next` of the answer before; absent: the newest" })),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 100,
        description: "without `after` the newest of these, with it the oldest",
      }),
    ),
    type: Type.Optional(Type.String({ maxLength: 200 })),
    pipeline: Type.Optional(Type.String({ maxLength: 100 })),
    outcome: Type.Optional(Outcome),
    subject: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  strict,
);

export type TailEvent = Static<typeof TailEvent>;
export type EventTail = Static<typeof EventTail>;
export type EventTailQuery = Static<typeof EventTailQuery>;
