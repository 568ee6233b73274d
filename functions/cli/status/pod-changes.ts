// What changed between two readings of a Wadi on a cluster: pods that came and went, lag, versions of models.

import type { ClusterPods, ClusterStatus, ClusterStep } from "../../admin/shapes/cluster.ts";
import { count, plural } from "../../lib/figures.ts";
import { podsText } from "./cluster-status-view.ts";

export interface Change {
  /** The name of a step, a model set or something else. */
  readonly name: string;
  readonly what: string;
}

/** In flow order. On the first call, everything. */
export function changesSince(before: ClusterStatus | undefined, now: ClusterStatus): readonly Change[] {
  const steps = now.steps.flatMap((step) => {
    const was = before?.steps.find(({ name }) => name === step.name);
    return [...podChanges(was, step), ...revisionChanges(was, step), ...lagChanges(was, step)];
  });
  return [
    ...steps,
    ...modelChanges(before, now),
    ...letterChanges(before?.deadLetters, now.deadLetters),
    ...missingChanges("store", before?.store.missing, now.store.missing),
    ...missingChanges("log", before?.log.missing, now.log.missing),
  ];
}

function podChanges(was: ClusterStep | undefined, { name, pods }: ClusterStep): Change[] {
  if (was === undefined) return [{ name, what: `pods: ${podsText(pods)}` }];
  const same = (key: keyof ClusterPods) => was.pods[key] === pods[key];
  if (same("ready") && same("starting") && same("ending")) return [];
  return [{ name, what: `pods: ${podsText(was.pods)} -> ${podsText(pods)}` }];
}

function revisionChanges(was: ClusterStep | undefined, { name, revision, problem, state }: ClusterStep): Change[] {
  if (problem !== undefined && problem.message !== was?.problem?.message) {
    return [{ name, what: `${problem.message}: ${problem.cure}` }];
  }
  if (was === undefined) return state === "ready" ? [] : [{ name, what: "is not ready yet" }];
  const changed =
    was.revision !== revision ? [{ name, what: `revision: ${was.revision ?? "none"} -> ${revision ?? "none"}` }] : [];
  return was.state !== state && state === "ready" ? [...changed, { name, what: "is ready" }] : changed;
}

/** While it is worked off it changes all the time: told are its begin and its end. */
function lagChanges(was: ClusterStep | undefined, { name, lag }: ClusterStep): Change[] {
  if (lag === undefined || (was?.lag ?? 0) > 0 === lag > 0) return [];
  return [{ name, what: lag > 0 ? `lag: ${count(lag)}` : "lag: none any more" }];
}

function modelChanges(before: ClusterStatus | undefined, { models = [] }: ClusterStatus): Change[] {
  return models.flatMap(({ set, version, count: learned, generation }) => {
    const was = before?.models?.find((one) => one.set === set);
    if (was?.version === version && was.generation === generation) return [];
    const other = was !== undefined && was.generation !== generation ? `, generation ${generation}` : "";
    return [{ name: set, what: `version ${count(version)}, ${plural(learned, "example")}${other}` }];
  });
}

function letterChanges(was: number | undefined, now: number | undefined): Change[] {
  if (now === undefined || now === (was ?? 0)) return [];
  return [{ name: "dead letters", what: count(now) }];
}

function missingChanges(name: string, was: string | undefined, now: string | undefined): Change[] {
  if (was === now) return [];
  return [{ name, what: now ?? "is well again" }];
}
