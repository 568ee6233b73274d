// wadi page --cluster: a way from this machine to the dashboard of a cluster, which it wakes, for as long as the command runs.

import { openDashboardDoor } from "../../cluster/dashboard.ts";
import type { ClusterFlags } from "../../cluster/flags.ts";
import { duration } from "../../lib/figures.ts";
import type { CommandContext } from "../context.ts";
import { pageLink } from "../run/running.ts";
import { aborted, catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson } from "../terminal/json-answer.ts";

export interface ClusterPageFlags extends ClusterFlags {
  readonly port?: number;
  readonly json?: boolean;
}

/** Resolves at Ctrl-C. @throws FailedError, ClusterError with the cure. */
export async function openClusterPage(context: CommandContext, flags: ClusterPageFlags): Promise<void> {
  const { terminal, clock, exitWith } = context;
  const interrupt = catchInterrupt();
  try {
    const door = await openDashboardDoor(context, flags, flags.port ?? 0);
    try {
      const begun = clock.now();
      terminal.err.write("The dashboard wakes ...\n");
      await door.wake(interrupt.signal);
      if (!interrupt.signal.aborted) {
        const link = pageLink(door.url, door.token);
        terminal.err.write(`It is awake, after ${duration(clock.now() - begun)}. Until Ctrl-C the page is at\n`);
        if (flags.json === true) writeJson({ url: link }, terminal.out);
        else terminal.out.write(`${link}\n`);
        await aborted(interrupt.signal);
      }
    } finally {
      door.close();
    }
    exitWith(interrupt.exitCode());
  } finally {
    interrupt.dispose();
  }
}
