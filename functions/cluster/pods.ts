// Pods: how many are ready, starting and ending, and why one does not come up, with the cure.

import type { ClusterPods, ClusterProblem } from "../admin/shapes/cluster.ts";
import { roughly } from "../lib/times.ts";
import { type ContainerStatus, conditionOf, type Pod } from "./objects.ts";

/** What the commands in cures need to name. */
export interface Where {
  readonly step: string;
  readonly namespace: string;
  readonly now: number;
}

/** Pulling images and mounting volumes takes seconds. */
const LONG_MS = 90_000;

export function countPods(pods: readonly Pod[]): ClusterPods {
  const counts = { ready: 0, starting: 0, ending: 0 };
  for (const pod of pods) {
    const state = stateOfPod(pod);
    if (state !== "over") counts[state]++;
  }
  return counts;
}

export function stateOfPod(pod: Pod): keyof ClusterPods | "over" {
  const { phase } = pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed") return "over";
  if (isEnding(pod)) return "ending";
  return conditionOf(pod, "Ready")?.status === "True" ? "ready" : "starting";
}

function isEnding({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** The first problem found. `lastLine`: the container's last log line, where it was read. */
export function podProblem(
  pods: readonly Pod[],
  where: Where,
  lastLine: (pod: Pod) => string | undefined,
): ClusterProblem | undefined {
  for (const pod of pods) {
    const problem = isEnding(pod) ? undefined : problemOf(pod, where, lastLine(pod));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The container whose exit explains why the pod does not come up, so that its log is worth reading. */
export function crashedContainer({ status }: Pod): ContainerStatus | undefined {
  return status?.containerStatuses?.find(
    ({ state, lastState, ready }) =>
      ready !== true &&
      (state?.waiting?.reason === "CrashLoopBackOff" || (state?.terminated ?? lastState?.terminated) !== undefined),
  );
}

function problemOf(pod: Pod, where: Where, lastLine: string | undefined): ClusterProblem | undefined {
  const { step } = where;
  const waiting = unschedulable(pod, `lower steps.${step}.resources.requests or steps.${step}.scale.max`);
  if (waiting !== undefined) return waiting;
  for (const container of pod.status?.containerStatuses ?? []) {
    const reason = container.state?.waiting?.reason ?? "";
    const said = container.state?.waiting?.message ?? "";
    if (IMAGE.test(reason)) return imageProblem(reason, imageOf(pod, container.name), said);
    if (/^Create(Container|ContainerConfig)Error$|^RunContainerError$/.test(reason))
      return createProblem(reason, said, where);
  }
  const crashed = crashedContainer(pod);
  if (crashed !== undefined) return crashProblem(crashed, pod, where, lastLine);
  const made = Date.parse(pod.metadata.creationTimestamp ?? "");
  if (conditionOf(pod, "Ready")?.status !== "True" && where.now - made > LONG_MS) {
    return {
      reason: pod.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? pod.status?.phase ?? "Pending",
      message: `its pod ${pod.metadata.name} has been starting for ${roughly(where.now - made)}`,
      cure: `see what it waits for: kubectl -n ${where.namespace} describe pod ${pod.metadata.name}`,
    };
  }
  return undefined;
}

const IMAGE =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|ImageInspectError|RegistryUnavailable)$/;

export function imageProblem(reason: string, image: string, said: string): ClusterProblem {
  const name = image === "" ? "its image" : `its image ${image}`;
  if (reason === "InvalidImageName") {
    return { reason, message: `${name} has no valid name`, cure: "set image.repository and image.tag" };
  }
  const denied = /denied|unauthorized|authenti/i.test(said);
  return {
    reason,
    message: `${name} cannot be pulled${said === "" || denied ? "" : `: ${said}`}${denied ? ": the registry refuses (403 or 401)" : ""}`,
    cure: denied
      ? "name a secret for the registry in image.pullSecrets, and see whether the image is there"
      : "push it to image.repository, or load it into the cluster (kind load docker-image; make deploy does so), and check the tag",
  };
}

/** A pod that no node can take. @param less how to lower its requests, as the end of a sentence. */
export function unschedulable(pod: Pod, less: string): ClusterProblem | undefined {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status !== "False") return undefined;
  const said = scheduled.message ?? "";
  const lacksCpu = /Insufficient cpu/.test(said);
  const { name } = pod.metadata;
  return {
    reason: "Unschedulable",
    message: `no node ${lacksCpu ? `has the CPU that its pod ${name} asks for` : `takes its pod ${name}`}${said === "" ? "" : `: ${said}`}`,
    cure: lacksCpu
      ? `give the node more CPU (kind has what Docker has: at least 4 CPUs, better 6; then make deploy again), add a node, or ${less}`
      : /Insufficient/.test(said)
        ? `add a node, or ${less}`
        : "see that a node matches pod.nodeSelector, pod.affinity and pod.tolerations",
  };
}

function createProblem(reason: string, said: string, { step }: Where): ClusterProblem {
  const missing = /(secret|configmap) "([^"]+)" not found/i.exec(said);
  return {
    reason,
    message: missing
      ? `it needs the ${missing[1]} ${missing[2]}, which does not exist`
      : `its container cannot be created: ${said}`,
    cure: missing ? "create it, or name another in the chart's values" : `see the values of steps.${step} and of image`,
  };
}

function crashProblem(
  container: ContainerStatus,
  pod: Pod,
  where: Where,
  lastLine: string | undefined,
): ClusterProblem {
  const ended = container.state?.terminated ?? container.lastState?.terminated;
  const restarts = container.restartCount ?? 0;
  const often = restarts > 1 ? ` (${restarts} times)` : "";
  if (ended?.reason === "OOMKilled") {
    return {
      reason: "OOMKilled",
      message: `it used more memory than its limit and was killed${often}`,
      cure: `raise steps.${where.step}.resources.limits.memory, or lower steps.${where.step}.concurrency`,
    };
  }
  const { name } = pod.metadata;
  return {
    reason: container.state?.waiting?.reason ?? `ExitCode${ended?.exitCode ?? ""}`,
    message: `it ends at once${often}${ended === undefined ? "" : `, with exit code ${ended.exitCode}`}${lastLine === undefined ? "" : `; its last line: ${lastLine}`}`,
    cure: `correct what it names; the whole log: kubectl -n ${where.namespace} logs ${name} -c ${container.name}${restarts > 0 ? " --previous" : ""}`,
  };
}

function imageOf({ spec }: Pod, container: string): string {
  return spec?.containers?.find(({ name }) => name === container)?.image ?? "";
}
