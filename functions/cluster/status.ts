// The status of a Wadi on a cluster: its objects, its store and its log.

import type { ClusterStatus, ClusterStep } from "../admin/shapes/cluster.ts";
import type { ModelSetSummary, Status } from "../admin/shapes/shapes.ts";
import { asError } from "../lib/errors.ts";
import { UsageError } from "../lib/failure.ts";
import type { ClusterAccess, ClusterData } from "./access.ts";
import { brokerStatus, sinkOf, triggerStatus } from "./eventing.ts";
import type { Located } from "./log.ts";
import type { ClusterObjects } from "./objects.ts";
import { readLastLines } from "./read.ts";
import { type StepsSeen, stepsOf } from "./steps.ts";

const MAX_SETS = 100;

/** What cannot be read is absent, with the reason. @throws ClusterError, UsageError. */
export async function readClusterStatus(access: ClusterAccess, now: number): Promise<ClusterStatus> {
  const { cluster, namespace } = access;
  const reading = readData(access);
  reading.catch(() => {}); // it is awaited below, after the objects
  const objects = await access.objects();
  const lastLine = await readLastLines(cluster, namespace, objects.pods);
  return clusterStatusOf({ context: cluster.context, namespace, now, lastLine, objects, data: await reading });
}

/** Store and log as the status of the admin port has them, and where they are. */
export interface DataSeen extends Pick<ClusterStatus, "store" | "log" | "pipelines"> {
  readonly status?: Pick<Status, "triggers" | "deadLetters" | "archive">;
  readonly models?: ModelSetSummary[];
}

export interface StatusSeen extends Omit<StepsSeen, keyof ClusterObjects> {
  readonly context: string;
  readonly objects: ClusterObjects;
  readonly data: DataSeen;
}

export function clusterStatusOf({ context, namespace, objects, data, ...seen }: StatusSeen): ClusterStatus {
  const { store, log, status, models, pipelines } = data;
  const lags = new Map(status?.triggers.map(({ name, lag }) => [name, lag]));
  const steps = stepsOf({ ...objects, ...seen, namespace }).map((step): ClusterStep => {
    const trigger = triggerStatus(step.name, objects);
    // Of a log that is away it is not known.
    const lag = log.missing === undefined ? lags.get(trigger.name) : undefined;
    return { ...step, trigger, ...(lag !== undefined && { lag }) };
  });
  const [broker, sink] = [brokerStatus(objects), sinkOf(objects)];
  return {
    ...{ context, namespace, steps },
    ...(broker !== undefined && { broker }),
    ...(sink !== undefined && { sink }),
    ...{ store, log, pipelines },
    ...(status?.archive !== undefined && { archive: status.archive }),
    ...(status !== undefined && log.missing === undefined && { deadLetters: status.deadLetters }),
    ...(models !== undefined && { models }),
  };
}

async function readData(access: ClusterAccess): Promise<DataSeen> {
  let data: ClusterData;
  try {
    data = await access.data();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const missing = asError(error).message;
    return { store: { kind: "redis", missing }, log: { kind: "kafka", missing }, pipelines: [] };
  }
  const { admin } = data;
  const status = await admin.status();
  const isStoreThere = status.store.missing === undefined;
  const models = isStoreThere ? await admin.models({ limit: MAX_SETS }).catch(() => undefined) : undefined;
  return {
    status,
    store: serviceStatus("redis", data.store, status.store.missing),
    log: serviceStatus("kafka", data.log, status.log?.missing),
    pipelines: [...data.pipelines.keys()],
    ...(models !== undefined && { models: models.items }),
  };
}

/** The reason why it could not be reached says more than that it did not answer. */
function serviceStatus(kind: string, { at, missing }: Located, said: string | undefined): ClusterStatus["store"] {
  const why = said === undefined ? undefined : (missing() ?? said);
  return { kind, ...(at !== undefined && { at }), ...(why !== undefined && { missing: why }) };
}
