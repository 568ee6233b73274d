// State and problems of the Broker, the Triggers and the dead-letter sink, from their Knative Eventing objects.

import type { ClusterProblem, ClusterState, ClusterStatus, ClusterStep } from "../admin/shapes/cluster.ts";
import { dataPlaneProblem } from "./data-plane.ts";
import { type Broker, type ClusterObjects, type Condition, conditionOf, type Trigger } from "./objects.ts";

type Conditioned = Parameters<typeof conditionOf>[0];
type Health = { readonly state: ClusterState; readonly problem?: ClusterProblem };
type Cures = Readonly<Record<string, (said: string) => { readonly message: string; readonly cure: string }>>;

/** Knative's own default where the Broker names none. */
const NO_CLASS = "the cluster's default";

export function brokerStatus(
  objects: Pick<ClusterObjects, "brokers" | "triggers" | "dataPlane">,
): ClusterStatus["broker"] {
  const broker = brokerInUse(objects);
  if (broker === undefined) return undefined;
  const url = broker.status?.address?.url;
  const className = broker.metadata.annotations?.["eventing.knative.dev/broker.class"] ?? NO_CLASS;
  const { name } = broker.metadata;
  // It reports ready even while a pod that its events pass through has no node.
  const problem = dataPlaneProblem(objects.dataPlane ?? []);
  const state =
    problem === undefined ? healthOf(broker, brokerCures(broker, className)) : { state: "fails" as const, problem };
  return { name, class: className, ...(url !== undefined && { url }), ...state };
}

/** The Broker that the Triggers name; else the only one. */
export function brokerInUse({ brokers, triggers }: Pick<ClusterObjects, "brokers" | "triggers">): Broker | undefined {
  const wanted = triggers.find(({ spec }) => spec.broker !== undefined)?.spec.broker;
  return brokers.find(({ metadata }) => metadata.name === wanted) ?? (wanted === undefined ? brokers[0] : undefined);
}

/** By step: a Trigger's subscriber is the step's service. */
export function triggerOf(step: string, triggers: readonly Trigger[]): Trigger | undefined {
  return triggers.find(({ spec, metadata }) => (spec.subscriber?.ref?.name ?? metadata.name) === step);
}

export function triggerStatus(step: string, objects: ClusterObjects): NonNullable<ClusterStep["trigger"]> {
  const trigger = triggerOf(step, objects.triggers);
  if (trigger === undefined) {
    return {
      name: step,
      state: "fails",
      problem: {
        reason: "NoTrigger",
        message: "it has no Trigger, so it gets no events",
        cure: "install the chart again (make deploy, or helm upgrade)",
      },
    };
  }
  return { name: trigger.metadata.name, ...healthOf(trigger, triggerCures(trigger)) };
}

export function sinkOf({ triggers, sinks }: Pick<ClusterObjects, "triggers" | "sinks">): ClusterStatus["sink"] {
  const { ref, uri } = triggers.map(({ spec }) => spec.delivery?.deadLetterSink).find((one) => one !== undefined) ?? {};
  if (ref === undefined) return uri === undefined ? undefined : { kind: "uri", name: uri, state: "ready" };
  const { kind = "", name = "" } = ref;
  if (kind !== "KafkaSink") return { kind, name, state: "ready" };
  const sink = sinks.find(({ metadata }) => metadata.name === name);
  if (sink === undefined) {
    const problem = {
      reason: "NotFound",
      message: `the Triggers send dead letters to the KafkaSink ${name}, which is not there`,
      cure: "install the chart again (make deploy, or helm upgrade), or set deadLetters.sink",
    };
    return { kind, name, state: "fails", problem };
  }
  return { kind, name, topic: sink.spec.topic, ...healthOf(sink, SINK_CURES) };
}

function healthOf(object: Conditioned, cures: Cures): Health {
  const ready = conditionOf(object, "Ready");
  if (ready?.status === "True") return { state: "ready" };
  const failed = firstFailed(object);
  if (failed === undefined) {
    const uncontrolled = object.status?.conditions === undefined ? cures["nobody"]?.("") : undefined;
    return uncontrolled === undefined
      ? { state: "waits" }
      : { state: "fails", problem: { reason: "NoController", ...uncontrolled } };
  }
  const { type, reason = type, message: said = "no reason given" } = failed;
  const known = (cures[type] ?? cures["Ready"])?.(said) ?? { message: said, cure: "see kubectl describe" };
  return { state: "fails", problem: { reason: reason === "" ? type : reason, ...known } };
}

/** Ready repeats what another says. */
function firstFailed({ status }: Conditioned): Condition | undefined {
  const failed = status?.conditions?.filter((one) => one.status === "False") ?? [];
  return failed.find(({ type }) => type !== "Ready") ?? failed[0];
}

function brokerCures({ status, metadata }: Broker, className: string): Cures {
  const kafka = status?.annotations?.["bootstrap.servers"] ?? "kafka.bootstrapServers";
  const describe = `kubectl -n ${metadata.namespace} describe broker ${metadata.name}`;
  return {
    nobody: () => ({
      message: `no controller in this cluster handles Brokers of class ${className}`,
      cure: "install that Broker (make deploy installs Knative's for Kafka), or set broker.class to one that is installed",
    }),
    TopicReady: (said) => ({
      message: `its topic cannot be created or used: ${said}`,
      cure: `see whether Kafka runs at ${kafka}, with at least kafka.replicationFactor brokers`,
    }),
    ConfigParsed: (said) => ({
      message: `its settings cannot be used: ${said}`,
      cure: "correct the ConfigMap that broker.config names, or the chart's kafka values",
    }),
    DataPlaneAvailable: (said) => ({
      message: `its data plane is not running: ${said}`,
      cure: "see why: kubectl -n knative-eventing get pods",
    }),
    Ready: (said) => ({ message: said, cure: `see more: ${describe}` }),
  };
}

function triggerCures({ metadata, spec }: Trigger): Cures {
  const describe = `kubectl -n ${metadata.namespace} describe trigger ${metadata.name}`;
  return {
    nobody: () => ({ message: "no controller handles it", cure: "see to its Broker first" }),
    BrokerReady: () => ({ message: `its Broker ${spec.broker ?? ""} is not ready`, cure: "see to the Broker first" }),
    SubscriberResolved: (said) => ({ message: `its step cannot be reached: ${said}`, cure: "see to the step first" }),
    DeadLetterSinkResolved: (said) => ({
      message: `its dead-letter sink cannot be found: ${said}`,
      cure: "see to the dead-letter sink first",
    }),
    Ready: (said) => ({ message: said, cure: `see more: ${describe}` }),
  };
}

const SINK_CURES: Cures = {
  nobody: () => ({
    message: "no controller in this cluster handles KafkaSinks",
    cure: "install Knative's KafkaSink (eventing-kafka-sink.yaml; make deploy does), or set deadLetters.sink",
  }),
  TopicReady: (said) => ({
    message: `its topic cannot be created or used: ${said}`,
    cure: "see whether Kafka runs, with at least deadLetters.replicationFactor brokers",
  }),
  Ready: (said) => ({ message: said, cure: "see more: kubectl describe kafkasink" }),
};
