// wadi archive erase: takes the events of one subject out of the archive.

import { Command } from "commander";
import type { DeltaTable } from "../../archive/delta/table.ts";
import type { Person } from "../../archive/erase.ts";
import { UsageError } from "../../lib/failure.ts";
import { plural } from "../../lib/figures.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { type EraseAnswer, erasedLines, foundLines, rowsOf } from "./erase-view.ts";
import { type ArchiveFlags, openTable, placeOf, runningOf, withArchiveOptions } from "./place.ts";
import { type Watched, type Work, watched } from "./watched.ts";

const HELP = `
Examples:
  wadi archive erase --subject anna --dry-run                  how many events, of which days and pipelines
  wadi archive erase --subject anna
  wadi archive erase --subject anna --pipeline line --yes      of one pipeline, without a question
  wadi archive erase --subject anna --vacuum                   older versions lose them, too, at once
  wadi archive erase --subject anna --field user               also where the data's member user is anna

Files that have events of the subject are written anew without them, in one commit, while Wadi goes on archiving. The subject of
an event that bears none is its id; a label has the subject of its observation. Where a pipeline file says event: { subject: user },
the subject stands in the data: name the field. Data that is no JSON object (Avro) is not looked into; such rows are counted.

What it does not reach:
  older versions  have the events until the files that were replaced are removed: wadi archive vacuum, 7 days later, or --vacuum at
                  once. Then who reads an older version fails: a query of another program, a replay or an export that is under way.
                  Files of commits that were not made, as a kill leaves them, are removed by wadi archive vacuum after 7 days.
  the log         has them as long as it keeps events (7 days, or what WADI_LOG_RETENTION_HOURS or the topic says). What is archived
                  does not come again. What is not archived yet comes: then the same command again. A replay without --from-archive
                  learns them from the log.
  dead letters    are kept for 14 days; one that is sent again is archived again. wadi dlq drop removes it.
  the store       has the features of an observation for the pipeline's labelHorizon and the log's time.
  the models      have learned from them: wadi replay --pipeline <name> --into <new> --from-archive --promote learns all that
                  is left into a new generation.
  other copies    exports, backups, older versions of objects in a bucket that keeps them. Another program that compacts the table
                  may write the least and greatest subject of a file into the table's log, where they stay, unless it heeds
                  delta.dataSkippingStatsColumns, as delta-rs does.

The same command again does what is left after a kill, and does no harm where nothing is.

--json writes {where, subject, pipeline, found: [{day, pipeline, rows, files}], unread, dryRun, erased: {rows, files}, version,
older, lag, vacuumed: {files, bytes}}. older counts files that older versions may still need; lag the events that are in the
log and not in the archive, where a Wadi runs; unread, with --field, rows whose data was not looked into.

Exit codes: 0 done, also where there was none; 1 there is no archive, it cannot be written, or the answer was no; 2 wrong use;
130 stopped by Ctrl-C, with nothing erased.`;

interface EraseFlags extends ArchiveFlags, Person {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly vacuum?: boolean;
}

export function eraseCommand(context: CommandContext): Command {
  const command = new Command("erase")
    .requiredOption("--subject <subject>", "whose events; of an event that bears no subject it is the id")
    .option("--pipeline <name>", "only what a replay of this pipeline could learn")
    .option("--field <name>", "a member of JSON data that names the subject, too")
    .option("--vacuum", "remove at once what older versions need, too")
    .option("--dry-run", "only say what would be erased")
    .option("--yes", "do not ask for confirmation");
  return withArchiveOptions(command)
    .summary("take the events of one subject out of the archive")
    .description("Takes the events of one subject out of the archive for good, and says where else they are.")
    .addHelpText("after", HELP)
    .action((flags: EraseFlags) => erase(flags, context));
}

async function erase(flags: EraseFlags, context: CommandContext): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { subject, pipeline, field, json = false, dryRun = false } = flags;
  if (subject === "") throw new UsageError("--subject is empty; name whose events are to be erased");
  if (flags.vacuum === true && dryRun) throw new UsageError("--dry-run erases nothing; leave out --vacuum");
  const where = await placeOf(context, flags);
  const table = await openTable(context, where);
  const { Erasure } = await import("../../archive/erase.ts");
  const erasure = new Erasure(table, { subject, pipeline, field }, () => clock.now());
  const stop = (watch: Watched<unknown>) => {
    terminal.err.write("Nothing was erased.\n");
    exitWith(watch.interrupted ?? ExitCode.failed);
  };
  const looked = await watched(context, workOf("files looked through", json), (watch) => erasure.look(watch));
  if (looked.interrupted !== undefined) return stop(looked);

  const found = erasure.found();
  const of = { subject, ...(pipeline !== undefined && { pipeline }) };
  const told = { where, ...of, found, dryRun, ...(field !== undefined && { unread: erasure.unread }) };
  if (!json) writeLines(foundLines(told, terminal.out), terminal.out);
  if (dryRun) {
    if (json) writeJson({ ...told, ...(await stateOf(table, flags, context)) }, terminal.out);
    return;
  }
  if (rowsOf(found) > 0 && !(await agreed(rowsOf(found), flags, context))) return stop(looked);
  // Also where there is none: another one that was killed may have left something to do.
  const done = await watched(context, workOf("files written anew", json), (watch) => erasure.erase(watch));
  if (done.interrupted !== undefined && done.done === undefined) return stop(done);
  const vacuumed = flags.vacuum === true ? await vacuumAtOnce(table, json, context) : undefined;
  const answer: EraseAnswer = {
    ...told,
    ...(done.done !== undefined && { erased: done.done }),
    ...(await stateOf(table, flags, context)),
    ...(vacuumed?.done !== undefined && { vacuumed: vacuumed.done }),
  };
  if (json) writeJson(answer, terminal.out);
  else writeLines(erasedLines(answer, clock.now(), terminal.out), terminal.out);
  if (vacuumed?.interrupted !== undefined) exitWith(vacuumed.interrupted);
}

const workOf = (steps: string, quiet: boolean): Work => ({ steps, quiet, stopping: "Stopping." });

async function stateOf(table: DeltaTable, flags: EraseFlags, context: CommandContext) {
  const running = await runningOf(context, flags);
  const lag = (await running?.admin.archive())?.archiver?.lag;
  return { version: table.version, older: table.snapshot.removed.size, ...(lag !== undefined && { lag }) };
}

async function vacuumAtOnce(table: DeltaTable, quiet: boolean, context: CommandContext) {
  const { vacuum } = await import("../../archive/vacuum.ts");
  const now = context.clock.now();
  const work = { steps: "files", quiet, stopping: "Stopping; wadi archive erase --vacuum again removes the rest." };
  return watched(context, work, (watch) => vacuum(table, now, { isTrial: false, isAtOnce: true }, watch));
}

/** @throws UsageError where nobody can be asked. */
async function agreed(rows: number, { yes }: EraseFlags, { ask }: CommandContext): Promise<boolean> {
  if (yes === true) return true;
  const events = plural(rows, "event");
  if (ask === undefined) {
    throw new UsageError(`${events} would be erased for good; add --yes, because nobody can be asked here`);
  }
  return ((await ask(`Erase ${events} for good? Type ${rows} to do so: `)) ?? "").trim() === `${rows}`;
}
