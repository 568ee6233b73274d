// The options that say that Wadi is on a cluster, and on which.

import { UsageError } from "../lib/failure.ts";

export interface ClusterFlags {
  readonly cluster?: boolean;
  readonly context?: string;
  readonly namespace?: string;
  readonly redis?: string;
  readonly kafka?: string;
}

export const DEFAULT_NAMESPACE = "wadi";

/** `--context` or `--namespace` imply `--cluster`. @throws UsageError for an option of clusters without it. */
export function isOfCluster({ cluster, context, namespace, redis, kafka }: ClusterFlags): boolean {
  if (cluster === true || context !== undefined || namespace !== undefined) return true;
  const stray = redis !== undefined ? "--redis" : kafka !== undefined ? "--kafka" : undefined;
  if (stray === undefined) return false;
  throw new UsageError(`${stray} is for a Wadi on a cluster: add --cluster`);
}

/** The options that a suggested command needs to reach the same Wadi: none on this machine, ` --cluster` and more else. */
export function reachedBy(flags: ClusterFlags): string {
  if (!isOfCluster(flags)) return "";
  const { context, namespace } = flags;
  return [" --cluster", context && ` --context ${context}`, namespace && ` --namespace ${namespace}`]
    .filter((part) => part !== undefined)
    .join("");
}
