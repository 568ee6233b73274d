// The log of a Wadi on a cluster: the topic of its Broker, in Kafka.

import { asError } from "../lib/errors.ts";
import { noLog, type ReadBroker } from "../local/cluster.ts";
import type { Cluster } from "./cluster-api.ts";
import type { Forwards } from "./cluster-forward.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import { readBrokerPlace } from "./cluster-places.ts";

/** Where a service is, as the cluster sees it, without passwords. */
export interface Place {
  readonly at?: string;
  /** Why it cannot be reached; undefined where it could be tried. */
  missing(): string | undefined;
}

export interface ClusterLog extends Place {
  readonly broker: ReadBroker;
}

export interface LogOptions {
  readonly cluster: Cluster;
  readonly objects: ClusterObjects;
  readonly namespace: string;
  readonly forwards: Forwards;
  /** As `--kafka` has it. */
  readonly kafka: string | undefined;
  /** Called where an answer goes without what the log would add to it. */
  left(why: string): void;
}

/** One that cannot be had says why in every answer: the store can be looked at without it. */
export async function openClusterLog(options: LogOptions): Promise<ClusterLog> {
  const { cluster, objects, namespace, left } = options;
  try {
    const place = await readBrokerPlace(cluster, objects, namespace);
    throw new Error(`Kafka at ${place.bootstrap} is not read yet`);
  } catch (error) {
    const why = asError(error).message;
    return { broker: noLog(why, () => left(why)), missing: () => why };
  }
}
