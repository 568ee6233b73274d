// The archive, as the admin API answers it; all else is in shapes.ts.

import Type, { type Static } from "typebox";

const count = (description: string) => Type.Integer({ minimum: 0, description });
const strict = { additionalProperties: false };

const ArchiveDay = Type.Object(
  { day: Type.String({ description: "UTC, 2026-11-30" }), rows: count("events"), files: count(""), bytes: count("") },
  strict,
);

export const ArchiveTable = Type.Object(
  {
    id: Type.String({ description: "of the table; another one at the same place has another" }),
    version: Type.Integer({ description: "of the table: commits since it was made" }),
    rows: count("events that it has"),
    files: count("of its newest version"),
    bytes: count("of these files"),
    committed: Type.Optional(Type.Number({ description: "the last commit, epoch milliseconds" })),
    days: Type.Array(ArchiveDay, { description: "the newest first" }),
  },
  strict,
);

const lag = {
  lag: count(
    "events in the log that are not in the archive; of those about to be read, those that steps derived count, too",
  ),
  lagSeconds: Type.Number({ description: "for how long the oldest of them has been in the log, at least" }),
};
const failing = Type.Optional(
  Type.String({ description: "why nothing can be archived and the cure; absent where all is well" }),
);

/** How far the archive is behind the log, in a status. On a cluster its pod may not answer: then only that is known. */
export const ArchiveLag = Type.Object(
  { lag: Type.Optional(lag.lag), lagSeconds: Type.Optional(lag.lagSeconds), failing },
  strict,
);

export const ArchiveStatus = Type.Object(
  {
    where: Type.String({ description: "the folder, or s3://bucket/prefix" }),
    table: Type.Optional(ArchiveTable),
    archiver: Type.Optional(
      Type.Object(
        {
          ...lag,
          failing,
          rows: count("events archived by this process since its start"),
          conflicts: count("how often another process was first since the start; then that one archived them"),
          missed: count("places in the log of which events were gone before they could be archived, since the start"),
        },
        { ...strict, description: "of the Wadi that answers; absent where none runs" },
      ),
    ),
  },
  strict,
);

export type ArchiveStatus = Static<typeof ArchiveStatus>;
export type ArchiveTable = Static<typeof ArchiveTable>;
export type ArchiveLag = Static<typeof ArchiveLag>;
