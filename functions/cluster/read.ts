// What there is of Wadi in a namespace of a cluster.

import { FailedError } from "../lib/failure.ts";
import type { Cluster } from "./api.ts";
import { readDataPlane } from "./data-plane.ts";
import { brokerInUse } from "./eventing.ts";
import { ClusterError } from "./failure.ts";
import type { ClusterObjects, KnativeService, List, Pod } from "./objects.ts";
import { crashedContainer } from "./pods.ts";

/** As the chart labels all that is its own. */
const OURS = "app.kubernetes.io/name=wadi";
const SERVING = "/apis/serving.knative.dev/v1";
const EVENTING = "/apis/eventing.knative.dev";
const LOG_LINES = 5;
const LOG_CHARACTERS = 300;

/** @throws ClusterError; FailedError where there is no Wadi, with the cure. */
export async function readObjects(cluster: Cluster, namespace: string): Promise<ClusterObjects> {
  const inNamespace = `namespaces/${encodeURIComponent(namespace)}`;
  const list = async <T>(path: string, selector?: string): Promise<readonly T[]> => {
    const query = selector === undefined ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
    return (await cluster.get<List<T>>(`${path}${query}`)).items;
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
  const dataPlane = await readDataPlane(cluster, brokerInUse({ brokers, triggers }), namespace);
  return { services, revisions, pods, triggers, brokers, sinks, ...(dataPlane !== undefined && { dataPlane }) };
}

/** What each pod that crashed wrote last; nothing of one whose log cannot be read. */
export async function readLastLines(
  cluster: Cluster,
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

/** Of a log of JSON lines the message; a stack is told by what stands above it. */
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
    // Not every line is one of ours.
  }
  return line.trim().slice(0, LOG_CHARACTERS);
}

/** A kind that the cluster does not know: what is missing is said where it is missed. */
function none(error: unknown): readonly never[] {
  if (error instanceof ClusterError && error.kind === "not-found") return [];
  throw error;
}

function noServing(error: unknown): never {
  if (!(error instanceof ClusterError) || error.kind !== "not-found") throw error;
  throw new FailedError(
    "this cluster has no Knative Serving, so no Wadi either: make deploy installs both, or choose another with --context",
    { cause: error },
  );
}

async function nothingThere(cluster: Cluster, namespace: string): Promise<FailedError> {
  const everywhere = `${SERVING}/services?labelSelector=${encodeURIComponent(OURS)}`;
  // Whoever may not look everywhere is told the less.
  const found = await cluster.get<List<KnativeService>>(everywhere).catch(() => ({ items: [] }));
  const namespaces = [...new Set(found.items.map(({ metadata }) => metadata.namespace))];
  const cure =
    namespaces.length > 0
      ? `there is one in ${namespaces.join(", ")} (--namespace ${namespaces[0]})`
      : "make deploy, or helm install, brings one; --namespace and --context look elsewhere";
  return new FailedError(`there is no Wadi in namespace ${namespace} of context ${cluster.context}; ${cure}`);
}
