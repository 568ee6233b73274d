// wadi replay: learn from the log again.

import { Command } from "commander";
import type { Admin } from "../../admin/admin.ts";
import type { Replay, ReplayRequest } from "../../admin/shapes/replays.ts";
import { reachedBy } from "../../cluster/access.ts";
import { parsePosition } from "../../lib/broker/event-log.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { pause } from "../../lib/pause.ts";
import { type AdminFlags, withAdmin, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { readMoment } from "../option-values.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { startProgress } from "../terminal/progress.ts";
import { createReplayProgress, replayLines } from "./view.ts";

const HELP = `
Examples:
  wadi replay --pipeline flights --into b                     learn all of the log anew, beside the running model
  wadi replay --pipeline flights --into b --promote           and put that in its place, while the stream goes on
  wadi replay --pipeline flights --into c --from 3d --to 1d   only what came in then
  wadi replay --pipeline flights --gap                        a store was put back: feed again what it has lost
  wadi replay --pipeline flights --gap --from 6h              and that was less than six hours ago

A generation is one life of a model. A replay fills a new one with the file of today: a changed feature or model is
learned from the whole log, and then compared with the one that runs. The same command again goes on where it was
stopped. --promote catches up, holds learning for a moment, flips, and lets go: no example is lost or learned twice. Where
that did not come to the end of a pipeline's model sets, the same command again takes up the rest.

--gap needs no generation: what was not lost is known by its id, and not learned again. So it may read all of the log; where
that is long, --from a time well before the loss makes it short. A model that was imported without its ids knows none of
them: there --from must not be earlier than the import.

--json writes {number, pipeline, into, gap, state, from, to, read, examples, rejected, promoted, sets: [{set, inForce:
{generation, version, count, models}, replayed: {...}}]}.

Exit codes: 0 done; 1 it failed, and what was in force goes on; 2 wrong use; 130 stopped by Ctrl-C.`;

const POLL_MS = 200;

interface ReplayFlags extends AdminFlags {
  readonly pipeline: string;
  readonly from?: string;
  readonly to?: string;
  readonly into?: string;
  readonly gap?: boolean;
  readonly promote?: boolean;
}

export function replayCommand(context: CommandContext): Command {
  const command = new Command("replay")
    .summary("learn from the log again, or what was lost")
    .description("Learns from the log again: into a new generation that may take over, or what a store has lost.")
    .requiredOption("--pipeline <name>", "the pipeline")
    .option("--into <generation>", "fill this new generation, beside the one in force")
    .option("--promote", "put it in force at the end")
    .option("--gap", "instead: feed the generation in force what the store has lost")
    .option("--from <place>", "start, 3d (so long ago), a time, or a number in the log (start)")
    .option("--to <place>", "end, or the same (end)");
  return withAdminOptions(command)
    .addHelpText("after", HELP)
    .action((flags: ReplayFlags) => replay(context, flags));
}

async function replay(context: CommandContext, flags: ReplayFlags): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { out, err } = terminal;
  const request = requestOf(flags, clock.now());
  await withAdmin(context, flags, async (admin) => {
    const interrupt = catchInterrupt(() => err.write("Stopping; what was learned by now stays.\n"));
    try {
      const told = await follow(admin, await admin.startReplay(request), context, interrupt.signal);
      if (flags.json === true) writeJson(told, out);
      else writeLines(replayLines(told, out, reachedBy(flags)), out);
      if (told.state === "stopped") return exitWith(interrupt.exitCode());
      if (told.state === "failed") throw new FailedError(`the replay failed: ${told.failure}`);
    } finally {
      interrupt.dispose();
    }
  });
}

/** Until it is over; an interrupt stops it. */
async function follow(
  admin: Admin,
  begun: Replay,
  { terminal, clock }: CommandContext,
  signal: AbortSignal,
): Promise<Replay> {
  let told = begun;
  const view = createReplayProgress(() => told, terminal.err, clock);
  const progress = startProgress({ output: terminal.err, clock, ...view });
  try {
    while (told.state === "replaying" || told.state === "promoting") {
      await pause(POLL_MS, clock, signal);
      told = signal.aborted ? await admin.stopReplay(told.number) : await admin.replay(told.number);
    }
    return told;
  } finally {
    progress.clear();
  }
}

/** @throws UsageError */
function requestOf(flags: ReplayFlags, now: number): ReplayRequest {
  const { pipeline, from, to, into, gap, promote } = flags;
  if ((into === undefined) === (gap !== true)) {
    throw new UsageError("name a generation to fill (--into b), or say --gap: one of the two");
  }
  if (promote === true && into === undefined) throw new UsageError("--promote is of a generation (--into b)");
  if (promote === true && to !== undefined) throw new UsageError("--promote goes up to the end: leave --to out");
  return {
    pipeline,
    ...(from !== undefined && { from: placeOf("--from", from, now) }),
    ...(to !== undefined && { to: placeOf("--to", to, now) }),
    ...(into !== undefined && { into }),
    ...(gap === true && { gap }),
    ...(promote === true && { promote }),
  };
}

function placeOf(flag: string, text: string, now: number): string {
  if (text === "start" || text === "end") return text;
  // As long as epoch milliseconds are, a number is a time.
  if (text.length < 12 && parsePosition(text) !== undefined) return text;
  if (text.includes(",") && parsePosition(text) !== undefined) return text;
  return new Date(readMoment(flag, text, now)).toISOString();
}
