// Labels of a pipeline, as the admin API answers them; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const count = (description: string) => Type.Integer({ minimum: 0, description });
const strict = { additionalProperties: false };

export const LabelDelay = Type.Object(
  {
    upToMs: Type.Optional(Type.Number({ description: "the bin's upper end, itself in it; absent for the last bin" })),
    labels: count("that came so long after their observation"),
  },
  strict,
);

export const LabelFigures = Type.Object(
  {
    pipeline: Type.String(),
    target: Type.Optional(Type.String({ description: "absent for an anomaly task without labels" })),
    labelHorizonMs: Type.Number({ description: "how long features wait for a label" }),
    opened: count("observations whose label was waited for, in the label horizon"),
    joined: count("of these, labelled"),
    waiting: count("of these, whose label may still come; to the hour"),
    expiringSoon: Type.Object(
      {
        withinMs: Type.Number({ description: "a tenth of the label horizon" }),
        observations: count(
          "of those that wait, whose horizon ends within that time; to the hour: as if they came evenly in it",
        ),
      },
      strict,
    ),
    expiredUnlabelled: count("whose label never came"),
    waitingLabels: count("labels whose observation has not come yet"),
    orphanedLabels: count("labels whose observation never came"),
    conflicts: Type.Optional(
      count("since the start: labels that differed from the first one, which stands; absent where none runs"),
    ),
    delays: Type.Array(LabelDelay, {
      description:
        "how long after its observation a label came, where it came by itself; by the times of recording. In the first bin also those that came before their observation",
    }),
  },
  strict,
);

export type LabelFigures = Static<typeof LabelFigures>;
export type LabelDelay = Static<typeof LabelDelay>;
