// How old pods are, and how long they took to come up. Kubernetes notes its times to the second.

import type { ClusterPod } from "../admin/shapes/cluster.ts";
import { conditionOf, type Pod } from "./objects.ts";
import { stateOfPod } from "./pods.ts";

/** Seconds from created to ready, the median of the last pods of a step; undefined where none is known. */
export type ColdStart = (pods: readonly Pod[], step: string) => number | undefined;

const LAST = 10;
/** Of pods whose start was noted; far more than run at once. */
const MAX_NOTED = 1000;

export function describePods(pods: readonly Pod[], now: number): ClusterPod[] {
  return [...pods].sort((a, b) => createdAt(a) - createdAt(b)).flatMap((pod) => describePod(pod, now));
}

function describePod(pod: Pod, now: number): ClusterPod[] {
  const state = stateOfPod(pod);
  if (state === "over") return [];
  const { name, labels } = pod.metadata;
  const revision = labels?.["serving.knative.dev/revision"];
  const seconds = coldStartOf(pod);
  return [
    {
      ...{ name, state, ageSeconds: Math.max(0, (now - createdAt(pod)) / 1000) },
      ...(revision !== undefined && { revision }),
      ...(seconds !== undefined && { coldStartSeconds: seconds }),
    },
  ];
}

/** Undefined where it is not ready, or its time of becoming ready is not that of its start. */
function coldStartOf(pod: Pod): number | undefined {
  const ready = conditionOf(pod, "Ready");
  const at = Date.parse(ready?.lastTransitionTime ?? "");
  if (ready?.status !== "True" || Number.isNaN(at)) return undefined;
  // A container that ended and was started again became ready a second time.
  if (pod.status?.containerStatuses?.some(({ restartCount = 0 }) => restartCount > 0)) return undefined;
  return Math.max(0, (at - createdAt(pod)) / 1000);
}

function createdAt({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp ?? "") || 0;
}

export const medianColdStart: ColdStart = (pods) => medianOfLast(pods.flatMap(startOf));

interface Start {
  readonly pod: string;
  readonly created: number;
  readonly seconds: number;
}

function startOf(pod: Pod): Start[] {
  const seconds = coldStartOf(pod);
  return seconds === undefined ? [] : [{ pod: pod.metadata.name, created: createdAt(pod), seconds }];
}

function medianOfLast(starts: readonly Start[]): number | undefined {
  const last = [...starts].sort((a, b) => b.created - a.created).slice(0, LAST);
  const sorted = last.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below, above] = [sorted[middle - 1], sorted[middle]];
  if (above === undefined || sorted.length % 2 === 1 || below === undefined) return above;
  return (below + above) / 2;
}

/**
 * As `medianColdStart`, and remembers the pods that are gone: at zero there is none to ask. What a pod took is noted when it is
 * first seen ready, since one that was not ready for a while becomes so again later.
 */
export function rememberColdStarts(): ColdStart {
  const noted = new Map<string, Start & { readonly step: string }>();
  return (pods, step) => {
    for (const start of pods.flatMap(startOf)) {
      if (!noted.has(start.pod)) noted.set(start.pod, { ...start, step });
    }
    const [oldest] = noted.keys();
    if (noted.size > MAX_NOTED && oldest !== undefined) noted.delete(oldest);
    return medianOfLast([...noted.values()].filter((one) => one.step === step));
  };
}
