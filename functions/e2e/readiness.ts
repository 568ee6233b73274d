// What a run waits for between its acts: a ready release, or zero pods.

import type { ClusterStatus } from "../admin/shapes/cluster.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import { brokerInUse } from "../cluster/eventing.ts";
import type { Forwards } from "../cluster/forward.ts";
import { readClusterStatus } from "../cluster/status.ts";
import { FailedError } from "../lib/failure.ts";
import { duration } from "../lib/figures.ts";
import type { Stage } from "./stage.ts";
import { type Patience, until } from "./until.ts";

const READY_SECONDS = 300;
const ZERO_SECONDS = 420;

/** @throws FailedError that says what is not ready. */
export async function isReady(access: ClusterAccess, { clock, signal }: Patience): Promise<void> {
  let status: ClusterStatus | undefined;
  const parts = ({ steps, broker, sink }: ClusterStatus) => [
    ...steps.flatMap(({ name, state, problem, trigger }) => [
      { name, state, problem },
      { ...trigger, name: `the trigger ${name}` },
    ]),
    { name: "the broker", ...broker },
    { name: "the sink", ...sink },
  ];
  const instead = () =>
    (status === undefined ? [] : parts(status))
      .filter(({ state }) => state !== "ready")
      .map(({ name, state, problem }) => `${name}: ${problem?.message ?? state ?? "not there"}`)
      .join("; ");
  await until("a release that is ready", { clock, signal }, { seconds: READY_SECONDS, instead }, async () => {
    status = await readClusterStatus(access, clock.now());
    return parts(status).every(({ state }) => state === "ready") || undefined;
  });
}

/** Milliseconds until no pod was left. */
export async function isAtZero({ timeline, pods, clock, signal }: Stage, why: string): Promise<number> {
  const begun = clock.now();
  timeline.say("zero", why);
  const instead = () =>
    `there are ${pods
      .pods()
      .map(({ metadata }) => metadata.name)
      .join(", ")}`;
  await until("no pod", { clock, signal }, { seconds: ZERO_SECONDS, instead }, async () => {
    await pods.look();
    return pods.pods().length === 0 || undefined;
  });
  timeline.expect("zero", `no pod is left: ${duration(clock.now() - begun)}`, true);
  return clock.now() - begun;
}

/** The Broker's ingress as reached from here: `ingress`, or a port-forward. */
export async function ingressOf(
  access: ClusterAccess,
  ingress: string | undefined,
  forwards: Forwards,
): Promise<string> {
  const broker = brokerInUse(await access.objects());
  const address = broker?.status?.address?.url;
  if (broker === undefined || address === undefined) throw new FailedError("the Broker has no address");
  if (ingress !== undefined) return `${ingress}/${access.namespace}/${broker.metadata.name}`;
  const { hostname, port, pathname } = new URL(address);
  const reached = await forwards.reach(hostname, Number(port || 80));
  return `http://${reached.host}:${reached.port}${pathname}`;
}
