// wadi watch: pods come from zero and go again.

import { Command } from "commander";
import type { ClusterStatus } from "../../admin/shapes/cluster.ts";
import { isOfCluster, openClusterAccess } from "../../cluster/access.ts";
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
  wadi watch --cluster                     pods that come from zero and go again, until Ctrl-C
  wadi watch --cluster | tee pods.log      a line for each change
  wadi watch                               the Wadi that runs here, as wadi status --watch shows it

A pod that starts takes no requests yet; one that ends finishes what it has, for half a minute at least.
lag: events in the log that a step is not known to have handled; the Broker tells every few seconds.

--json writes what wadi status --cluster --json does, one object a line, whenever something changed.`;

const EVERY_MS = 1000;
const KEPT_CHANGES = 100;

export function watchCommand(context: CommandContext): Command {
  return withAdminOptions(new Command("watch"))
    .summary("pods come from zero and go again, beside lag and versions")
    .description("Shows pods of each step as they come from zero and go again, beside lag and model versions.")
    .addHelpText("after", HELP)
    .action((flags: AdminFlags) => (isOfCluster(flags) ? watchPods(context, flags) : watchStatus(context, flags)));
}

async function watchPods(context: CommandContext, flags: AdminFlags): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const { out } = terminal;
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
    // The view itself has what a first look found.
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
