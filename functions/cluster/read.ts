// The objects of Wadi in a namespace of a cluster.

import { FailedError } from "../lib/failure.ts";
import { readDataPlane } from "./data-plane.ts";
import { brokerInUse } from "./eventing.ts";
import { ClusterError } from "./failure.ts";
import type { ClusterObjects, KnativeService, List, Pod } from "./objects.ts";
import { crashedContainer } from "./pods.ts";
import type { ClusterReader } from "./reader.ts";

/** The chart's label on all its objects; the dashboard is a Knative Service like the steps, and no step. */
const OURS = "app.kubernetes.io/name=wadi,app.kubernetes.io/component!=dashboard";
const SERVING = "/apis/serving.knative.dev/v1";
const EVENTING = "/apis/eventing.knative.dev";
const LOG_LINES = 5;
const LOG_CHARACTERS = 300;

/** @throws ClusterError; FailedError where there is no Wadi, with the cure. */
export async function readObjects(cluster: ClusterReader, namespace: string): Promise<ClusterObjects> {
  const objects = await readOwnObjects(cluster, namespace);
  const dataPlane = await readDataPlane(cluster, brokerInUse(objects), namespace);
  return { ...objects, ...(dataPlane !== undefined && { dataPlane }) };
}

/**
 * Those in Wadi's own namespace: all that the dashboard's account may read. It asks for them all the time, so they come from the
 * API server's memory (resourceVersion=0), which is some milliseconds behind. @throws as `readObjects`.
 */
export async function readOwnObjects(cluster: ClusterReader, namespace: string): Promise<ClusterObjects> {
  const inNamespace = `namespaces/${encodeURIComponent(namespace)}`;
  const list = async <T>(path: string, selector?: string): Promise<readonly T[]> => {
    const query = selector === undefined ? "" : `&labelSelector=${encodeURIComponent(selector)}`;
    return (await cluster.get<List<T>>(`${path}?resourceVersion=0${query}`)).items;
  };
  const services = await list<KnativeService>(`${SERVING}/${inNamespace}/services`, OURS).catch(noServing);
  if (services.length === 0) throw await nothingThere(cluster, namespace);
  const [revisions, pods, triggers, brokers, sinks] = await Promise.all([
    list<ClusterObjects["revisions"][number]>(`${SERVING}/${inNamespace}/revisions`, OURS),
    list<Pod>(`/api/v1/${inNamespace}/pods`, `${OURS},serving.knative.dev/service`),
    list<ClusterObjects["triggers"][number]>(`${EVENTING}/v1/${inNamespace}/triggers`, OURS).catch(none),
    list<ClusterObjects["brokers"][number]>(`${EVENTING}/v1/${inNamespace}/brokers`).catch(none),
    list<ClusterObjects["sinks"][number]>(`${EVENTING}/v1alpha1/${inNamespace}/kafkasinks`).catch(none),
  ]);
  return { services, revisions, pods, triggers, brokers, sinks };
}

/** The last log line of each pod that crashed; undefined where its log cannot be read. */
export async function readLastLines(
  cluster: ClusterReader,
  namespace: string,
  pods: readonly Pod[],
): Promise<(pod: Pod) => string | undefined> {
  const lines = new Map<string, string>();
  const reading = pods.map(async (pod) => {
    const container = crashedContainer(pod);
    if (container === undefined) return;
    const previous = (container.restartCount ?? 0) > 0 && container.state?.terminated === undefined;
    const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/log?container=${container.name}&tailLines=${LOG_LINES}${previous ? "&previous=true" : ""}`;
    const line = lastOf(await cluster.text(path).catch(() => ""));
    if (line !== undefined) lines.set(pod.metadata.name, line);
  });
  await Promise.all(reading);
  return (pod) => lines.get(pod.metadata.name);
}

/** The message of the last JSON line; lines of a stack trace are skipped. */
function lastOf(log: string): string | undefined {
  const line = log
    .split("\n")
    .filter((one) => one.trim() !== "" && !/^\s+at /.test(one))
    .at(-1);
  if (line === undefined) return undefined;
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    if (typeof msg === "string") return msg.slice(0, LOG_CHARACTERS);
  } catch {
    // Not every line is JSON.
  }
  return line.trim().slice(0, LOG_CHARACTERS);
}

/** For a kind that the cluster does not know: whoever needs the objects reports that they are missing. */
function none(error: unknown): readonly never[] {
  if (error instanceof ClusterError && error.kind === "not-found") return [];
  throw error;
}

function noServing(error: unknown): never {
  if (!(error instanceof ClusterError) || error.kind !== "not-found") throw error;
  throw new FailedError(
    "this cluster has no Knative Serving, so no Wadi either: make deploy installs both; --context chooses another cluster",
    { cause: error },
  );
}

async function nothingThere(cluster: ClusterReader, namespace: string): Promise<FailedError> {
  const everywhere = `${SERVING}/services?labelSelector=${encodeURIComponent(OURS)}`;
  // Who may not list all namespaces gets the general cure.
  const found = await cluster.get<List<KnativeService>>(everywhere).catch(() => ({ items: [] }));
  const namespaces = [...new Set(found.items.map(({ metadata }) => metadata.namespace))];
  const cure =
    namespaces.length > 0
      ? `there is one in ${namespaces.join(", ")} (--namespace ${namespaces[0]})`
      : "install one (make deploy, or helm install), or look elsewhere with --namespace or --context";
  return new FailedError(`there is no Wadi in namespace ${namespace} of context ${cluster.context}; ${cure}`);
}
