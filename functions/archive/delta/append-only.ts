// Rows of an append-only table may be taken away only after the property was taken back, which is a commit of its own: other writers
// check a commit by the version before it. A mark in the metadata says that it is to be set again, so whoever comes next can do so.
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#append-only-tables

import { VersionConflictError } from "../../lib/errors.ts";
import type { Metadata } from "./actions.ts";
import type { DeltaTable } from "./table.ts";

const PROPERTY = "delta.appendOnly";
const MARK = "wadi.appendOnlyPaused";

/** Nothing where the table is not append-only. @throws UnavailableError. */
export async function pauseAppendOnly(table: DeltaTable, now: () => number): Promise<void> {
  await change(table, now, ({ configuration }) =>
    configuration[PROPERTY] === "true" ? { ...configuration, [PROPERTY]: "false", [MARK]: "true" } : undefined,
  );
}

/** Nothing where it was not paused, by this process or one that was killed. @throws UnavailableError. */
export async function resumeAppendOnly(table: DeltaTable, now: () => number): Promise<void> {
  await change(table, now, ({ configuration }) => {
    const { [MARK]: mark, ...others } = configuration;
    return mark === undefined ? undefined : { ...others, [PROPERTY]: "true" };
  });
}

type Configuration = Metadata["configuration"];

/** Again where another process was first: what is to be changed may be another thing then. */
async function change(
  table: DeltaTable,
  now: () => number,
  wanted: (metadata: Metadata) => Configuration | undefined,
): Promise<void> {
  while (true) {
    await table.refresh();
    const from = table.snapshot.metadata;
    const configuration = from && wanted({ ...from, configuration: from.configuration ?? {} });
    if (from === undefined || configuration === undefined) return;
    const metadata = { from, to: { ...from, configuration } };
    try {
      await table.commit({ operation: "SET TBLPROPERTIES", adds: [], metadata }, now);
      return;
    } catch (error) {
      if (!(error instanceof VersionConflictError)) throw error;
    }
  }
}
