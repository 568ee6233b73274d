// A way from this machine to the dashboard of a cluster, which it wakes.

import { FailedError } from "../lib/failure.ts";
import type { ClusterCaller } from "./access.ts";
import { connectCluster } from "./api.ts";
import { openDoor, readService } from "./door.ts";
import { type ClusterFlags, DEFAULT_NAMESPACE } from "./flags.ts";
import { openForwards } from "./forward.ts";
import { readTokenOf } from "./settings.ts";

export interface DashboardDoor {
  /** `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Of its admin API. */
  readonly token: string;
  /** Until it answers, or the signal. @throws FailedError where it does not. */
  wake(signal: AbortSignal): Promise<void>;
  close(): void;
}

const DASHBOARD = "dashboard";
const WAKE_MS = 120_000;

/** `port`: of this machine; 0: any free one. @throws FailedError, ClusterError with the cure; ConfigurationError for a port that is taken. */
export async function openDashboardDoor(
  { env }: Pick<ClusterCaller, "env">,
  flags: ClusterFlags,
  port: number,
): Promise<DashboardDoor> {
  const namespace = flags.namespace ?? DEFAULT_NAMESPACE;
  const cluster = await connectCluster(flags.context, env);
  const forwards = openForwards(cluster, namespace);
  const service = await readService(cluster, namespace, DASHBOARD);
  const token = await readTokenOf(cluster, service, namespace);
  const door = await openDoor({ cluster, forwards, namespace, service: DASHBOARD, port });
  return {
    url: door.url,
    token,
    wake: (signal) => wake(door.url, signal),
    close() {
      door.close();
      forwards.close();
    },
  };
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
