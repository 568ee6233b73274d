// wadi status: what runs, how far behind it is, and what it waits for.

import { Command } from "commander";
import { isOfCluster } from "../../cluster/flags.ts";
import { readClusterStatus } from "../../cluster/status.ts";
import { asError } from "../../lib/errors.ts";
import { UsageError } from "../../lib/failure.ts";
import { type AdminFlags, findRunning, withAdmin, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { printableJson } from "../terminal/printable.ts";
import { watchLines } from "../terminal/watch.ts";
import { clusterStatusLines } from "./cluster-status-view.ts";
import { statusLines } from "./status-view.ts";

const HELP = `
Examples:
  wadi status
  wadi status --watch                                  again each second, until Ctrl-C
  wadi status --json | jq '.triggers[] | {name, lag}'
  wadi status --cluster                                the Wadi on the cluster that kubectl uses
  wadi status --cluster --context prod --namespace ml  on another cluster, in another namespace

lag: events in the log that a step has not handled yet; oldest: how long the oldest has been there (-: not known). For a
step that waits, the reason and the next attempt are shown.
lately: what this process learned in the last minute; of several on one Kafka each tells its part. When last: whoever did.
handled: events handled since the start, including those left in the log before, and dead letters that were sent again.
Asked of a cluster's dashboard (--url): received and handled are counted since countedSince, when somebody began to look; what is not
known is absent (-).

--json writes {version, node, startedAt, url, pipelines, received, countedSince, perSecond, triggers: [{name, lag, lagSeconds, inFlight,
handled, retries, deadLetters, perSecond, waiting: {until, reason}}], deadLetters, modelSets, learned, learning: [{pipeline, last,
perMinute, servedShare}],
risen: [{set, count, model, detector, at, change}], labelConflicts, store: {kind, missing, regressed: [{pipeline, detail, time}]}, memoryBytes}; startedAt is absent where no Wadi runs. With --watch there
is one such object per line.

With --cluster: {context, namespace, steps: [{name, state, problem: {reason, message, cure}, pods: {ready, starting,
ending}, min, max, revision, revisions: [{name, state, image, percent, pods}], trigger: {name, state, problem}, lag}],
broker: {name, class, url, state, problem}, sink: {kind, name, topic, state, problem}, store: {kind, at, missing}, log:
{kind, at, missing}, deadLetters, pipelines, models: [as models list has them]}; state is ready, waits or fails; what
could not be read is absent. Exit code 0 means that the cluster could be read, not that all is well.`;

const EVERY_MS = 1000;

export function statusCommand(context: CommandContext): Command {
  return withAdminOptions(new Command("status"))
    .summary("steps with lag and rates, and what is waiting")
    .description("Shows what runs: each step with its lag and rate, what it waits for, dead letters and the store.")
    .option("--watch", "show it again each second, until Ctrl-C")
    .addHelpText("after", HELP)
    .action((flags: AdminFlags & { watch?: boolean }) => {
      if (isOfCluster(flags)) return clusterStatus(context, flags);
      return flags.watch === true ? watchStatus(context, flags) : showStatus(context, flags);
    });
}

async function clusterStatus(context: CommandContext, flags: AdminFlags & { watch?: boolean }): Promise<void> {
  const { clock, terminal } = context;
  const { openClusterAccess } = await import("../../cluster/access.ts");
  const access = await openClusterAccess(context, flags);
  try {
    const first = await readClusterStatus(access, clock.now());
    if (flags.watch !== true) {
      if (flags.json === true) writeJson(first, terminal.out);
      else writeLines(clusterStatusLines(first, terminal.out), terminal.out);
      return;
    }
    await watchAnew(context, flags, async () => {
      const status = await readClusterStatus(access, clock.now());
      return flags.json === true ? [printableJson(JSON.stringify(status))] : clusterStatusLines(status, terminal.out);
    });
  } finally {
    await access.close();
  }
}

function showStatus(context: CommandContext, flags: AdminFlags): Promise<void> {
  const { out } = context.terminal;
  return withAdmin(context, flags, async (admin, where) => {
    const status = await admin.status();
    if (flags.json === true) writeJson(status, out);
    else writeLines(statusLines(status, where, context.clock.now(), out), out);
  });
}

/** Watches a running Wadi only: opening the data folder would keep one from starting on it. */
export function watchStatus(context: CommandContext, flags: AdminFlags): Promise<void> {
  const { terminal, clock } = context;
  return watchAnew(context, flags, async () => {
    const live = await findRunning(context, flags);
    if (live === undefined) return ["No Wadi runs here; waiting for one to start (wadi start)."];
    const status = await live.admin.status();
    return flags.json === true
      ? [printableJson(JSON.stringify(status))]
      : statusLines(status, live.where, clock.now(), terminal.out);
  });
}

/** Reads each second until Ctrl-C; a failure is shown, and the next second tries again. */
async function watchAnew(
  { terminal, clock, exitWith }: CommandContext,
  flags: AdminFlags,
  readOnce: () => Promise<readonly string[]>,
): Promise<void> {
  const { out } = terminal;
  const interrupt = catchInterrupt();
  const read = async (): Promise<readonly string[]> => {
    try {
      return await readOnce();
    } catch (error) {
      if (error instanceof UsageError) throw error;
      return [`No answer: ${asError(error).message}`];
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
