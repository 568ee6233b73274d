// wadi status: what runs, how far behind it is, what waits and why.

import { Command } from "commander";
import { asError } from "../lib/errors.ts";
import { type AdminFlags, findRunning, withAdmin, withAdminOptions } from "./admin-access.ts";
import type { CommandContext } from "./context.ts";
import { ExitCode, UsageError } from "./exit.ts";
import { catchInterrupt } from "./interrupt.ts";
import { writeJson, writeLines } from "./json-answer.ts";
import { printableJson } from "./printable.ts";
import { statusLines } from "./status-view.ts";
import { watchLines } from "./watch.ts";

const HELP = `
Examples:
  wadi status
  wadi status --watch                                  each second anew, until Ctrl-C
  wadi status --json | jq '.triggers[] | {name, lag}'

lag: events in the log that a step has not handled yet. Where a step waits, its reason and the next attempt are shown.
handled: since the start, with what was left in the log by then, and each time that a dead letter was sent again.

--json writes {version, node, startedAt, url, pipelines, received, perSecond, triggers: [{name, lag, inFlight, handled,
retries, deadLetters, perSecond, waiting: {until, reason}}], deadLetters, modelSets, learned,
labelConflicts, store: {kind, missing, regressed: [{pipeline, detail, time}]}, memoryBytes}; startedAt is absent where none runs. With --watch it is one such
object a line.`;

const EVERY_MS = 1000;

export function statusCommand(context: CommandContext): Command {
  return withAdminOptions(new Command("status"))
    .summary("what runs: lag, rates, what waits and why")
    .description("Shows what runs: each step with its lag and its rate, what waits and why, dead letters, the store.")
    .option("--watch", "each second anew, until Ctrl-C")
    .addHelpText("after", HELP)
    .action((flags: AdminFlags & { watch?: boolean }) =>
      flags.watch === true ? watchStatus(context, flags) : showStatus(context, flags),
    );
}

function showStatus(context: CommandContext, flags: AdminFlags): Promise<void> {
  const { out } = context.terminal;
  return withAdmin(context, flags, async (admin, where) => {
    const status = await admin.status();
    if (flags.json === true) writeJson(status, out);
    else writeLines(statusLines(status, where, context.clock.now(), out), out);
  });
}

/** Only what runs is watched: a data folder that were opened here could not be started. */
async function watchStatus(context: CommandContext, flags: AdminFlags): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { out } = terminal;
  const interrupt = catchInterrupt();
  const read = async (): Promise<readonly string[]> => {
    try {
      const live = await findRunning(context, flags);
      if (live === undefined) return ["No Wadi runs here; waiting for one (wadi start)."];
      const status = await live.admin.status();
      return flags.json === true
        ? [printableJson(JSON.stringify(status))]
        : statusLines(status, live.where, clock.now(), out);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      return [`It does not answer: ${asError(error).message}`];
    }
  };
  try {
    await watchLines({
      read,
      output: out,
      clock,
      signal: interrupt.signal,
      everyMs: EVERY_MS,
      json: flags.json === true,
    });
    exitWith(interrupt.signal.aborted ? interrupt.exitCode() : ExitCode.done);
  } finally {
    interrupt.dispose();
  }
}
