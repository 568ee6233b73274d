// wadi watch: shows the pods of each step as they start and stop.

import { Command } from "commander";
import type { ClusterStatus } from "../../admin/shapes/cluster.ts";
import { isOfCluster } from "../../cluster/flags.ts";
import { readClusterStatus } from "../../cluster/status.ts";
import { asError } from "../../lib/errors.ts";
import { UsageError } from "../../lib/failure.ts";
import { pause } from "../../lib/pause.ts";
import { type AdminFlags, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { printableJson } from "../terminal/printable.ts";
import { startProgress } from "../terminal/progress.ts";
import { changesSince } from "./pod-changes.ts";
import { changeLine, type DatedChange, podsLines } from "./pods-view.ts";
import { watchStatus } from "./status.ts";

const HELP = `
Examples:
  wadi watch --cluster                     pods as they start from zero and stop again, until Ctrl-C
  wadi watch --cluster | tee pods.log      one line for each change
  wadi watch                               the Wadi that runs here, as wadi status --watch shows it

A starting pod takes no requests yet; an ending one finishes what it has, which takes at least half a minute.
lag: events in the log that a step has not handled yet, as far as known; the Broker reports every few seconds.

--json writes the object of wadi status --cluster --json, one per line, after each change.

Exit codes: 1 the cluster could not be read; 2 wrong use; 130 ended by Ctrl-C.`;

const EVERY_MS = 1000;
const KEPT_CHANGES = 100;

export function watchCommand(context: CommandContext): Command {
  return withAdminOptions(new Command("watch"))
    .summary("pods as they start from zero and stop, with lag and versions")
    .description("Shows the pods of each step as they start from zero and stop again, with lag and model versions.")
    .addHelpText("after", HELP)
    .action((flags: AdminFlags) => (isOfCluster(flags) ? watchPods(context, flags) : watchStatus(context, flags)));
}

async function watchPods(context: CommandContext, flags: AdminFlags): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { out } = terminal;
  const { openClusterAccess } = await import("../../cluster/access.ts");
  const access = await openClusterAccess(context, flags);
  const interrupt = catchInterrupt();
  const inPlace = out.interactive && flags.json !== true;
  const changes: DatedChange[] = [];
  try {
    let status = await readClusterStatus(access, clock.now());
    const note = (found: readonly DatedChange[], seen: ClusterStatus) => {
      changes.push(...found);
      changes.splice(0, changes.length - KEPT_CHANGES);
      if (inPlace || found.length === 0) return;
      out.write(
        flags.json === true
          ? `${printableJson(JSON.stringify(seen))}\n`
          : found.map((change) => `${changeLine(change, out)}\n`).join(""),
      );
    };
    const dated = (found: ReturnType<typeof changesSince>) => found.map((one) => ({ ...one, time: clock.now() }));
    // The live view shows the first state itself.
    if (!inPlace) note(dated(changesSince(undefined, status)), status);
    const draw = () => podsLines(status, changes, clock.now(), out).slice(0, Math.max(1, out.rows() - 1));
    const progress = inPlace ? startProgress({ output: out, clock, draw, plain: () => "", redrawMs: 250 }) : undefined;
    let failure: string | undefined;
    try {
      for (;;) {
        await pause(EVERY_MS, clock, interrupt.signal);
        if (interrupt.signal.aborted) break;
        try {
          const before = status;
          status = await readClusterStatus(access, clock.now());
          const back = failure === undefined ? [] : [{ name: "cluster", what: "answers again" }];
          failure = undefined;
          note(dated([...back, ...changesSince(before, status)]), status);
        } catch (error) {
          if (error instanceof UsageError) throw error;
          const { message } = asError(error);
          if (message !== failure) note(dated([{ name: "cluster", what: message }]), status);
          failure = message;
        }
      }
    } finally {
      progress?.end();
    }
    exitWith(interrupt.exitCode());
  } finally {
    interrupt.dispose();
    await access.close();
  }
}
