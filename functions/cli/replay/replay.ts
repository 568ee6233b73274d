// wadi replay: learns from the log again.

import { Command } from "commander";
import type { Admin } from "../../admin/admin.ts";
import type { Replay, ReplayRequest } from "../../admin/shapes/replays.ts";
import { isOfCluster, reachedBy } from "../../cluster/flags.ts";
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
  wadi replay --pipeline flights --into b                     learn the whole log again, beside the running model
  wadi replay --pipeline flights --into b --promote           and replace the running model, while the stream goes on
  wadi replay --pipeline flights --into c --from 3d --to 1d   only events of that time
  wadi replay --pipeline flights --into d --from-archive      all that was ever sent, also what the log has let go
  wadi replay --pipeline flights --gap                        after a store was restored: learn again what it lost
  wadi replay --pipeline flights --gap --from 6h              the loss was less than six hours ago

A generation is one life of a model set. A replay fills a new one, using today's pipeline file: a changed feature or model
learns from the whole log and is then compared with the one in force. The same command again continues where it stopped.
--promote catches up with the stream, pauses learning for a moment and switches over: no example is lost or learned twice.
If it did not reach all model sets of a pipeline, the same command again does the rest.

--from-archive reads what the archive has, each event as it was accepted, through validate again; then what the log has
behind it. So a new pipeline learns from events that were sent to it before it existed. It needs a Wadi that runs with
--archive; with --cluster the dashboard does it, which wakes for it and may go on when the command is killed. --from and --to open
only the files of that time.

--gap needs no generation: examples that were not lost are recognised by their ids and not learned again, so it can read the
whole log. If the log is long, --from with a time well before the loss makes it faster. For a model set that was imported
without its ids, --from must not be earlier than the import.

--json writes {number, pipeline, into, fromArchive, gap, state, from, to, read, examples, rejected, promoted, sets: [{set, inForce:
{generation, version, count, models}, replayed: {...}}]}.

Exit codes: 0 done; 1 it failed, and the generation in force is unchanged; 2 wrong use; 130 stopped by Ctrl-C.`;

const POLL_MS = 200;

interface ReplayFlags extends AdminFlags {
  readonly pipeline: string;
  readonly from?: string;
  readonly to?: string;
  readonly into?: string;
  readonly fromArchive?: boolean;
  readonly gap?: boolean;
  readonly promote?: boolean;
}

export function replayCommand(context: CommandContext): Command {
  const command = new Command("replay")
    .summary("relearn from the log, or recover what a store lost")
    .description("Relearns from the log into a new generation that can take over, or recovers what a store lost.")
    .requiredOption("--pipeline <name>", "the pipeline")
    .option("--into <generation>", "fill a new generation of this name, beside the one in force")
    .option("--promote", "put it in force at the end")
    .option("--from-archive", "read the archive of the Wadi that runs, and the log where the archive ends")
    .option("--gap", "instead: relearn, into the generation in force, what the store lost")
    .option("--from <position>", "start, 3d (that long ago), a time, or an offset in the log (start)")
    .option("--to <position>", "end, or any of these (end)");
  return withAdminOptions(command)
    .addHelpText("after", HELP)
    .action((flags: ReplayFlags) => replay(context, flags));
}

async function replay(context: CommandContext, flags: ReplayFlags): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { out, err } = terminal;
  const request = requestOf(flags, clock.now());
  await withReplays(context, flags, async (admin) => {
    const interrupt = catchInterrupt(() => err.write("Stopping; what it has learned is kept.\n"));
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

/** On a cluster the archive is replayed by the dashboard, which has the way to it: it wakes, and stays awake meanwhile. */
async function withReplays(
  context: CommandContext,
  flags: ReplayFlags,
  use: (admin: Admin) => Promise<void>,
): Promise<void> {
  if (flags.fromArchive !== true || !isOfCluster(flags)) return withAdmin(context, flags, use);
  const { openDashboardDoor } = await import("../../cluster/dashboard.ts");
  const { connectAdmin } = await import("../../admin/http/client.ts");
  const door = await openDashboardDoor(context, flags, 0);
  try {
    await door.wake(new AbortController().signal);
    await use(connectAdmin(door));
  } finally {
    door.close();
  }
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
  const { pipeline, from, to, into, fromArchive, gap, promote } = flags;
  if ((into === undefined) === (gap !== true)) {
    throw new UsageError("give a generation to fill (--into b), or --gap: one of the two");
  }
  if (fromArchive === true && into === undefined) {
    throw new UsageError("--from-archive fills a generation (--into b); a gap is learned again from the log");
  }
  if (promote === true && into === undefined) throw new UsageError("--promote needs a generation (--into b)");
  if (promote === true && to !== undefined) throw new UsageError("--promote reads up to the end: leave out --to");
  return {
    pipeline,
    ...(from !== undefined && { from: positionOf("--from", from, now) }),
    ...(to !== undefined && { to: positionOf("--to", to, now) }),
    ...(into !== undefined && { into }),
    ...(fromArchive === true && { fromArchive }),
    ...(gap === true && { gap }),
    ...(promote === true && { promote }),
  };
}

function positionOf(flag: string, text: string, now: number): string {
  if (text === "start" || text === "end") return text;
  // A number with as many digits as epoch milliseconds is a time.
  if (text.length < 12 && parsePosition(text) !== undefined) return text;
  if (text.includes(",") && parsePosition(text) !== undefined) return text;
  return new Date(readMoment(flag, text, now)).toISOString();
}
