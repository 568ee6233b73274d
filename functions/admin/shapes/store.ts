// The store's part of the status.

import Type from "typebox";

const strict = { additionalProperties: false };

const Regressed = Type.Object(
  {
    pipeline: Type.String(),
    detail: Type.String({ description: "for people: which version is there, and which one was" }),
    time: Type.Optional(
      Type.Number({ description: "when a process noticed it, epoch milliseconds; absent where the log alone tells" }),
    ),
  },
  strict,
);

export const StoreStatus = Type.Object(
  {
    kind: Type.String(),
    missing: Type.Optional(Type.String({ description: "what is wrong and the cure; absent where all is well" })),
    clockAheadSeconds: Type.Optional(
      Type.Integer({
        description:
          "by how much the clock of the process that answers is ahead of the store's, which decides what has expired; " +
          "absent where there is no other, or it is not known yet",
      }),
    ),
    regressed: Type.Optional(
      Type.Array(Regressed, {
        description: "model sets of which the store has lost something, newest first; absent where all is well",
      }),
    ),
  },
  strict,
);
