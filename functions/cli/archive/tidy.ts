// wadi archive compact, wadi archive vacuum: fewer files, and none that belong to nothing.

import { Command } from "commander";
import { plural } from "../../lib/figures.ts";
import type { CommandContext } from "../context.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { bytes } from "../terminal/sizes.ts";
import { type ArchiveFlags, openTable, placeOf, withArchiveOptions } from "./place.ts";
import { watched } from "./watched.ts";

const COMPACT_HELP = `
Examples:
  wadi archive compact                             of the Wadi that runs here, which goes on meanwhile
  wadi archive compact --archive wadi-archive

The archive gets a file for each pipeline with each commit. This makes files of up to 50,000 events of those of each day and
pipeline, so that readers open fewer. No row changes. The old files stay for who reads an older version, until a vacuum.

--json writes {where, version, replaced, made, rows, bytesBefore, bytesAfter, left}; left counts groups that another process
was compacting at the same time.

Exit codes: 0 done; 1 there is no archive, or it cannot be written; 2 wrong use.`;

const VACUUM_HELP = `
Examples:
  wadi archive vacuum --dry-run                    what would be removed
  wadi archive vacuum --archive wadi-archive

Removes files that no version of the last 7 days has: compacted ones, and those of commits that were not made. Afterwards older
versions of the table can no longer be read; every event still can.

--json writes {where, files, bytes, dryRun}.

Exit codes: 0 done; 1 there is no archive, or it cannot be written; 2 wrong use.`;

export function compactCommand(context: CommandContext): Command {
  const { terminal, clock } = context;
  const { out } = terminal;
  return withArchiveOptions(new Command("compact"))
    .summary("make few files of many, for readers")
    .description("Makes few files of many, while Wadi goes on archiving.")
    .addHelpText("after", COMPACT_HELP)
    .action(async (flags: ArchiveFlags) => {
      const where = await placeOf(context, flags);
      const table = await openTable(context, where);
      const { compact } = await import("../../archive/compact.ts");
      const work = { steps: "groups of files", quiet: flags.json === true, stopping: "Stopping; what is done stays." };
      const { done, interrupted } = await watched(context, work, (watch) => compact(table, () => clock.now(), watch));
      if (interrupted !== undefined) context.exitWith(interrupted);
      if (done === undefined) return;
      if (flags.json === true) return writeJson({ where, version: table.version, ...done }, out);
      const nothing = interrupted === undefined ? "There is nothing to compact." : "Nothing was compacted.";
      const { replaced, made, rows, bytesBefore, bytesAfter, left } = done;
      const lines = [
        made === 0
          ? nothing
          : `${plural(replaced, "file")} with ${plural(rows, "event")} became ${plural(made, "file")}: ${bytes(bytesBefore)}, now ${bytes(bytesAfter)}.`,
        ...(left === 0 ? [] : [`${plural(left, "group")} of files left to another process that was compacting them.`]),
      ];
      writeLines(lines, out);
    });
}

interface VacuumFlags extends ArchiveFlags {
  readonly dryRun?: boolean;
}

export function vacuumCommand(context: CommandContext): Command {
  const { terminal, clock } = context;
  const { out } = terminal;
  return withArchiveOptions(new Command("vacuum").option("--dry-run", "only say what would be removed"))
    .summary("remove files that no version of the last 7 days has")
    .description("Removes files that are older than 7 days and that the archive no longer needs. No event is removed.")
    .addHelpText("after", VACUUM_HELP)
    .action(async (flags: VacuumFlags) => {
      const where = await placeOf(context, flags);
      const dryRun = flags.dryRun === true;
      const { vacuum } = await import("../../archive/vacuum.ts");
      const table = await openTable(context, where);
      const work = { steps: "files", quiet: flags.json === true, stopping: "Stopping; what was removed is gone." };
      const { done, interrupted } = await watched(context, work, (watch) =>
        vacuum(table, clock.now(), { isTrial: dryRun }, watch),
      );
      if (interrupted !== undefined) context.exitWith(interrupted);
      if (done === undefined) return;
      if (flags.json === true) return writeJson({ where, ...done, dryRun }, out);
      const what = done.files === 1 ? "1 file" : plural(done.files, "file");
      const verb = `${done.files === 1 ? "was" : "were"} removed`;
      writeLines([`${what} (${bytes(done.bytes)}) ${dryRun ? "would be removed" : verb}.`], out);
    });
}
