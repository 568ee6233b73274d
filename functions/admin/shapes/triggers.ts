// How a step's trigger is, as the admin API answers it; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const strict = { additionalProperties: false };

export const TriggerFigures = Type.Object(
  {
    name: Type.String({ description: "the step" }),
    lag: count(
      "events in the log that match and are not handled; on a cluster that nobody looked at, events of whatever type",
    ),
    inFlight: Type.Optional(count("of these, under way; absent where others deliver, as on a cluster")),
    handled: Type.Optional(
      count(
        "since the start. On a cluster: events that its consumer group has passed since `countedSince`; absent where it is not known",
      ),
    ),
    retries: Type.Optional(count("since the start; absent where others deliver")),
    deadLetters: Type.Optional(count("since the start; absent where others deliver")),
    perSecond: Type.Optional(
      Type.Number({ description: "events handled a second, over the last ten; absent where it is not known" }),
    ),
    lagSeconds: Type.Optional(
      Type.Number({
        description:
          "for how long the oldest event that is not handled has been in the log; 0 where there is none, absent where it is not known. Of a Kafka: of events that this process has not fetched, at least so long; of a cluster by what the consumer groups have committed, which Knative does every five seconds",
      }),
    ),
    called: Type.Optional(
      Type.Object(
        {
          url: Type.String({ description: "without user, password and query" }),
          failing: Type.Boolean({ description: "whether the last call was not answered by the step itself" }),
          failure: Type.Optional(
            Type.Object(
              {
                time: time("when"),
                reason: Type.String({ description: "as a dead letter has it" }),
                message: Type.String({ description: "what happened, and the cure" }),
              },
              { ...strict, description: "the last such call, however long ago" },
            ),
          ),
        },
        {
          ...strict,
          description: "a step that is called by URL (`wadi start --steps`); absent for one in this process",
        },
      ),
    ),
    waiting: Type.Optional(Type.Object({ until: time("when the next attempt is due"), reason: Type.String() }, strict)),
  },
  strict,
);

export type TriggerFigures = Static<typeof TriggerFigures>;
