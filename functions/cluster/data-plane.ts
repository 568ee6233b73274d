// The pods of Knative's Kafka Broker: the receiver writes posted events to Kafka, the dispatcher delivers them to the steps.

import type { ClusterProblem } from "../admin/shapes/cluster.ts";
import { ClusterError } from "./failure.ts";
import type { Broker, List, Pod } from "./objects.ts";
import { unschedulable } from "./pods.ts";
import type { ClusterReader } from "./reader.ts";

const DISPATCHER = "kafka-broker-dispatcher";
const SELECTOR = `app in (kafka-broker-receiver,${DISPATCHER})`;

/** Undefined for a Broker of another class, and where we may not list the pods. */
export async function readDataPlane(
  cluster: ClusterReader,
  broker: Broker | undefined,
  namespace: string,
): Promise<readonly Pod[] | undefined> {
  const className = broker?.metadata.annotations?.["eventing.knative.dev/broker.class"] ?? "";
  if (!className.startsWith("Kafka")) return undefined;
  const home = className === "KafkaNamespaced" ? namespace : "knative-eventing";
  const path = `/api/v1/namespaces/${encodeURIComponent(home)}/pods?labelSelector=${encodeURIComponent(SELECTOR)}`;
  try {
    return (await cluster.get<List<Pod>>(path)).items;
  } catch (error) {
    if (error instanceof ClusterError && error.kind === "forbidden") return undefined;
    throw error;
  }
}

/** Without one of them the Broker accepts or delivers no events, and still reports that it is ready. */
export function dataPlaneProblem(pods: readonly Pod[]): ClusterProblem | undefined {
  for (const pod of pods) {
    const { app = "" } = pod.metadata.labels ?? {};
    const kind = app === DISPATCHER ? "statefulset" : "deployment";
    const less = `lower its requests: kubectl -n ${pod.metadata.namespace} set resources ${kind} ${app} --requests=cpu=200m`;
    const problem = unschedulable(pod, less);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The most consumers that each group should have; undefined where that is unknown. */
export function dispatchersOf(pods: readonly Pod[] | undefined): number | undefined {
  const count = pods?.filter(({ metadata }) => metadata.labels?.["app"] === DISPATCHER).length ?? 0;
  return count > 0 ? count : undefined;
}

/** The command that ends consumers which the dispatcher has forgotten. */
export function restartDispatcher(pods: readonly Pod[] | undefined): string {
  const home = pods?.find(({ metadata }) => metadata.labels?.["app"] === DISPATCHER)?.metadata.namespace;
  return `kubectl -n ${home ?? "knative-eventing"} rollout restart statefulset ${DISPATCHER}`;
}
