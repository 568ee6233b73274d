// wadi archive: the table in which every accepted event is kept.

import { Command } from "commander";
import type { ArchiveStatus } from "../../admin/shapes/archive.ts";
import { figuresOf } from "../../archive/figures.ts";
import type { CommandContext } from "../context.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { eraseCommand } from "./erase.ts";
import { exportCommand } from "./export.ts";
import { type ArchiveFlags, openTable, placeOf, runningOf, withArchiveOptions } from "./place.ts";
import { compactCommand, vacuumCommand } from "./tidy.ts";
import { archiveLines } from "./view.ts";

const HELP = `
Examples:
  wadi start --archive wadi-archive                   begins one, or goes on with it
  wadi start --archive s3://bucket/prefix             the same in a store that speaks S3
  wadi archive status                                 what it has, and how far it is behind the log
  wadi archive compact                                few files of many
  wadi archive export --from 2026-11-01 events.ndjson.gz
  wadi archive erase --subject anna                   takes the events of one subject out of it

Exit codes: 0 done; 1 there is no archive, or it cannot be read; 2 wrong use.`;

const STATUS_HELP = `
Examples:
  wadi archive status                             of the Wadi that runs here, with how far it is behind the log
  wadi archive status --archive wadi-archive      of a folder or s3://bucket/prefix, whether a Wadi runs or not
  wadi archive status --json | jq .table.rows

--json writes {where, table: {id, version, rows, files, bytes, committed, days: [{day, rows, files, bytes}]},
archiver: {lag, lagSeconds, failing, rows, conflicts, missed}}; archiver is absent where no Wadi is asked, table while it
cannot be read.

Exit codes: 0 shown; 1 there is no archive, or it cannot be read; 2 wrong use.`;

export function archiveCommand(context: CommandContext): Command {
  return new Command("archive")
    .summary("the table in which every accepted event is kept")
    .description("Looks after the archive: a Delta Lake table that has every event which Wadi accepted, once.")
    .addHelpText("after", HELP)
    .addCommand(statusCommand(context))
    .addCommand(compactCommand(context))
    .addCommand(vacuumCommand(context))
    .addCommand(exportCommand(context))
    .addCommand(eraseCommand(context));
}

function statusCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withArchiveOptions(new Command("status"))
    .summary("what the archive has, and how far it is behind the log")
    .description("Shows the table's version, rows, files and days; and the lag, where a Wadi runs.")
    .addHelpText("after", STATUS_HELP)
    .action(async (flags: ArchiveFlags) => {
      const status = await archiveStatus(context, flags);
      if (flags.json === true) writeJson(status, out);
      else writeLines(archiveLines(status, context.clock.now(), out), out);
    });
}

async function archiveStatus(context: CommandContext, flags: ArchiveFlags): Promise<ArchiveStatus> {
  const running = await runningOf(context, flags);
  if (running !== undefined) return running.admin.archive();
  const where = await placeOf(context, flags);
  const table = figuresOf((await openTable(context, where)).snapshot);
  return { where, table: { ...table, days: [...table.days] } };
}
