// State and problems of the steps on a cluster, from their Knative Serving objects.

import type { ClusterProblem, ClusterRevision, ClusterState, ClusterStep } from "../admin/shapes/cluster.ts";
import { STEPS } from "../lib/events/vocabulary.ts";
import { type ClusterObjects, conditionOf, type KnativeService, type Pod, type Revision } from "./objects.ts";
import { type ColdStart, describePods, medianColdStart } from "./pod-times.ts";
import { countPods, imageProblem, podProblem, type Where } from "./pods.ts";

/** In flow order; a Service of another name comes last. */
const FLOW: readonly string[] = STEPS;

export interface StepsSeen extends Pick<ClusterObjects, "services" | "revisions" | "pods"> {
  readonly namespace: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The last log line of a pod's crashed container, where it was read. */
  lastLine(pod: Pod): string | undefined;
  /** Default: of the pods that there are. */
  coldStart?: ColdStart;
}

export function stepsOf(seen: StepsSeen): readonly ClusterStep[] {
  const position = ({ metadata: { name } }: KnativeService) => (FLOW.includes(name) ? FLOW.indexOf(name) : FLOW.length);
  return [...seen.services]
    .sort((a, b) => position(a) - position(b) || (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((service) => stepOf(service, seen));
}

function stepOf(service: KnativeService, seen: StepsSeen): ClusterStep {
  const { name } = service.metadata;
  const { latestReadyRevisionName: ready } = service.status ?? {};
  const pods = seen.pods.filter((pod) => pod.metadata.labels?.["serving.knative.dev/service"] === name);
  const revisions = revisionsInPlay(service, pods, seen);
  const problem = problemOf(service, pods, seen);
  const { min, max } = scaleOf(service);
  const coldStartSeconds = (seen.coldStart ?? medianColdStart)(pods, name);
  return {
    name,
    state: problem !== undefined ? "fails" : stateOf(service),
    ...(problem !== undefined && { problem }),
    pods: countPods(pods),
    eachPod: describePods(pods, seen.now),
    ...(coldStartSeconds !== undefined && { coldStartSeconds }),
    min,
    ...(max !== undefined && { max }),
    ...(ready !== undefined && { revision: ready }),
    revisions,
  };
}

function stateOf(object: Parameters<typeof conditionOf>[0]): ClusterState {
  const status = conditionOf(object, "Ready")?.status;
  return status === "True" ? "ready" : status === "False" ? "fails" : "waits";
}

function scaleOf({ spec }: KnativeService): { min: number; max: number | undefined } {
  const annotation = (name: string) =>
    Number(spec.template.metadata?.annotations?.[`autoscaling.knative.dev/${name}`] ?? 0);
  const max = annotation("max-scale");
  // Knative: 0 is without a limit.
  return { min: annotation("min-scale") || 0, max: max > 0 ? max : undefined };
}

/** Those with traffic, with pods, or the newest: one as a rule, more during a rollout. */
function revisionsInPlay(service: KnativeService, pods: readonly Pod[], seen: StepsSeen): ClusterRevision[] {
  const { latestCreatedRevisionName, latestReadyRevisionName, traffic = [] } = service.status ?? {};
  const podsOf = (name: string) => pods.filter((pod) => pod.metadata.labels?.["serving.knative.dev/revision"] === name);
  const percentOf = (name: string) =>
    traffic.filter(({ revisionName }) => revisionName === name).reduce((sum, { percent = 0 }) => sum + percent, 0);
  const isInPlay = (name: string) =>
    [latestCreatedRevisionName, latestReadyRevisionName].includes(name) ||
    percentOf(name) > 0 ||
    podsOf(name).length > 0;
  return seen.revisions
    .filter(({ metadata }) => ofService(metadata.labels, service) && isInPlay(metadata.name))
    .sort((a, b) => generationOf(a) - generationOf(b))
    .map((revision) => ({
      name: revision.metadata.name,
      state: stateOf(revision),
      image: revision.spec.containers?.[0]?.image ?? "",
      percent: percentOf(revision.metadata.name),
      pods: countPods(podsOf(revision.metadata.name)),
    }));
}

function ofService(labels: Readonly<Record<string, string>> | undefined, { metadata }: KnativeService): boolean {
  return labels?.["serving.knative.dev/service"] === metadata.name;
}

function generationOf({ metadata }: Revision): number {
  return Number(metadata.labels?.["serving.knative.dev/configurationGeneration"] ?? 0);
}

/** Of the newest revision, which is the one being waited for. Its pods say more than the revision itself. */
function problemOf(service: KnativeService, pods: readonly Pod[], seen: StepsSeen): ClusterProblem | undefined {
  const { latestCreatedRevisionName: newest, latestReadyRevisionName: ready } = service.status ?? {};
  const where: Where = { step: service.metadata.name, namespace: seen.namespace, now: seen.now };
  const revision = seen.revisions.find(({ metadata }) => metadata.name === newest);
  const ofNewest = pods.filter((pod) => pod.metadata.labels?.["serving.knative.dev/revision"] === newest);
  const found =
    podProblem(ofNewest, where, seen.lastLine) ??
    (revision === undefined ? undefined : revisionProblem(revision, where)) ??
    serviceProblem(service, where);
  if (found === undefined || ready === undefined || ready === newest) return found;
  return { ...found, message: `${newest} does not come up (${ready} still serves): ${found.message}` };
}

/** Reasons other than its pods that keep a revision from being ready. */
function revisionProblem(revision: Revision, { step, namespace }: Where): ClusterProblem | undefined {
  if (conditionOf(revision, "Ready")?.status !== "False") return undefined;
  const failed = ["ContainerHealthy", "ResourcesAvailable", "Ready"]
    .map((type) => conditionOf(revision, type))
    .find((one) => one?.status === "False");
  const { reason = "NotReady", message = "no reason given" } = failed ?? {};
  const image = revision.spec.containers?.[0]?.image ?? "";
  if (reason === "ContainerMissing") return imageProblem(reason, image, message);
  if (/^ExitCode/.test(reason)) {
    const said =
      message
        .replace(/^Container failed with: /, "")
        .trim()
        .split("\n")
        .at(-1) ?? "";
    return {
      reason,
      message: `it ends at once, with exit code ${reason.slice("ExitCode".length)}; its last line: ${said}`,
      cure: `correct what it names: the pipeline files, the address of the store, or the values of steps.${step}`,
    };
  }
  if (reason === "ProgressDeadlineExceeded") {
    return {
      reason,
      message: "none of its pods came up in time",
      cure: `see why: kubectl -n ${namespace} get events --sort-by=.lastTimestamp; then deploy again`,
    };
  }
  return { reason, message, cure: `see more: kubectl -n ${namespace} describe revision ${revision.metadata.name}` };
}

const INGRESS_CURE =
  "see whether Knative's ingress is installed and runs (kubectl get pods -A), and whether config-network names it as ingress-class";

function serviceProblem(service: KnativeService, { step, namespace }: Where): ClusterProblem | undefined {
  if (conditionOf(service, "Ready")?.status !== "False") return undefined;
  const failed = ["ConfigurationsReady", "RoutesReady", "Ready"]
    .map((type) => conditionOf(service, type))
    .find((one) => one?.status === "False");
  const { reason = "NotReady", message = "no reason given" } = failed ?? {};
  if (reason === "RevisionMissing") {
    return {
      reason,
      message: "none of its revisions was ever ready, so it takes no requests",
      cure: `see why: kubectl -n ${namespace} describe revision -l serving.knative.dev/service=${step}`,
    };
  }
  if (/^Ingress|^NotReconciled$|^Uninitialized$/.test(reason))
    return { reason, message: `it cannot be reached: ${message}`, cure: INGRESS_CURE };
  return { reason, message, cure: `see more: kubectl -n ${namespace} describe ksvc ${step}` };
}
