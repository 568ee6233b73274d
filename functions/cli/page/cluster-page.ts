// wadi page --cluster: a way from this machine to the dashboard of a cluster, which it wakes, for as long as the command runs.

import { connectCluster } from "../../cluster/api.ts";
import { openDoor, readService } from "../../cluster/door.ts";
import { type ClusterFlags, DEFAULT_NAMESPACE } from "../../cluster/flags.ts";
import { openForwards } from "../../cluster/forward.ts";
import { readTokenOf } from "../../cluster/settings.ts";
import { FailedError } from "../../lib/failure.ts";
import { duration } from "../../lib/figures.ts";
import type { CommandContext } from "../context.ts";
import { pageLink } from "../run/running.ts";
import { aborted, catchInterrupt } from "../terminal/interrupt.ts";
import { writeJson } from "../terminal/json-answer.ts";

export interface ClusterPageFlags extends ClusterFlags {
  readonly port?: number;
  readonly json?: boolean;
}

const DASHBOARD = "dashboard";
const WAKE_MS = 120_000;

/** Resolves at Ctrl-C. @throws FailedError, ClusterError with the cure. */
export async function openClusterPage(context: CommandContext, flags: ClusterPageFlags): Promise<void> {
  const { terminal, env, clock, exitWith } = context;
  const namespace = flags.namespace ?? DEFAULT_NAMESPACE;
  const cluster = await connectCluster(flags.context, env);
  const forwards = openForwards(cluster, namespace);
  const interrupt = catchInterrupt();
  const service = await readService(cluster, namespace, DASHBOARD);
  const token = await readTokenOf(cluster, service, namespace);
  const door = await openDoor({ cluster, forwards, namespace, service: DASHBOARD, port: flags.port ?? 0 });
  try {
    const begun = clock.now();
    terminal.err.write("The dashboard wakes ...\n");
    await wake(door.url, interrupt.signal);
    if (!interrupt.signal.aborted) {
      const link = pageLink(door.url, token);
      terminal.err.write(`It is awake, after ${duration(clock.now() - begun)}. Until Ctrl-C the page is at\n`);
      if (flags.json === true) writeJson({ url: link }, terminal.out);
      else terminal.out.write(`${link}\n`);
      await aborted(interrupt.signal);
    }
    exitWith(interrupt.exitCode());
  } finally {
    interrupt.dispose();
    door.close();
    forwards.close();
  }
}

/** It sleeps while nobody looks. */
async function wake(url: string, signal: AbortSignal): Promise<void> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(WAKE_MS)]);
  const response = await fetch(`${url}/health/live`, { signal: patience }).catch((cause: unknown) => {
    if (signal.aborted) return undefined;
    throw new FailedError(`the dashboard does not wake: see why with wadi doctor --cluster, or kubectl get pods`, {
      cause,
    });
  });
  if (response === undefined || response.ok) return;
  const text = (await response.text()).slice(0, 300);
  throw new FailedError(`the dashboard does not wake: it answers ${response.status} ${text}`);
}
