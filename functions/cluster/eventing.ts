// Broker, Triggers and the place of dead letters, out of what Knative Eventing says of them.

import type { ClusterProblem, ClusterState, ClusterStatus, ClusterStep } from "../admin/shapes/cluster.ts";
import { dataPlaneProblem } from "./data-plane.ts";
import { type Broker, type ClusterObjects, type Condition, conditionOf, type Trigger } from "./objects.ts";

type Conditioned = Parameters<typeof conditionOf>[0];
type Told = { readonly state: ClusterState; readonly problem?: ClusterProblem };
type Cures = Readonly<Record<string, (said: string) => { readonly message: string; readonly cure: string }>>;

/** Knative's own default where the Broker names none. */
const NO_CLASS = "the cluster's default";

export function brokerTold(
  objects: Pick<ClusterObjects, "brokers" | "triggers" | "dataPlane">,
): ClusterStatus["broker"] {
  const broker = brokerInUse(objects);
  if (broker === undefined) return undefined;
  const url = broker.status?.address?.url;
  const className = broker.metadata.annotations?.["eventing.knative.dev/broker.class"] ?? NO_CLASS;
  const { name } = broker.metadata;
  // It calls itself ready while a pod that its events go through has no node.
  const problem = dataPlaneProblem(objects.dataPlane ?? []);
  const state =
    problem === undefined ? told(broker, brokerCures(broker, className)) : { state: "fails" as const, problem };
  return { name, class: className, ...(url !== undefined && { url }), ...state };
}

/** The Broker that the Triggers are of; else the only one. */
export function brokerInUse({ brokers, triggers }: Pick<ClusterObjects, "brokers" | "triggers">): Broker | undefined {
  const wanted = triggers.find(({ spec }) => spec.broker !== undefined)?.spec.broker;
  return brokers.find(({ metadata }) => metadata.name === wanted) ?? (wanted === undefined ? brokers[0] : undefined);
}

/** By step: a Trigger's subscriber is the step's service. */
export function triggerOf(step: string, triggers: readonly Trigger[]): Trigger | undefined {
  return triggers.find(({ spec, metadata }) => (spec.subscriber?.ref?.name ?? metadata.name) === step);
}

export function triggerTold(step: string, objects: ClusterObjects): NonNullable<ClusterStep["trigger"]> {
  const trigger = triggerOf(step, objects.triggers);
  if (trigger === undefined) {
    return {
      name: step,
      state: "fails",
      problem: {
        reason: "NoTrigger",
        message: "no Trigger brings it events",
        cure: "install the chart again (make deploy, or helm upgrade)",
      },
    };
  }
  return { name: trigger.metadata.name, ...told(trigger, triggerCures(trigger)) };
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
  return { kind, name, topic: sink.spec.topic, ...told(sink, SINK_CURES) };
}

function told(object: Conditioned, cures: Cures): Told {
  const ready = conditionOf(object, "Ready");
  if (ready?.status === "True") return { state: "ready" };
  const failed = firstFailed(object);
  if (failed === undefined) {
    const unheard = object.status?.conditions === undefined ? cures["nobody"]?.("") : undefined;
    return unheard === undefined
      ? { state: "waits" }
      : { state: "fails", problem: { reason: "NoController", ...unheard } };
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
      message: `nobody in this cluster looks after Brokers of class ${className}`,
      cure: "install that Broker (make deploy installs Knative's for Kafka), or set broker.class to one that is there",
    }),
    TopicReady: (said) => ({
      message: `its topic cannot be had: ${said}`,
      cure: `see whether Kafka at ${kafka} runs and has as many brokers as kafka.replicationFactor`,
    }),
    ConfigParsed: (said) => ({
      message: `its settings cannot be used: ${said}`,
      cure: "mend the ConfigMap that broker.config names, or the values of kafka:",
    }),
    DataPlaneAvailable: (said) => ({
      message: `its data plane does not run: ${said}`,
      cure: "see why: kubectl -n knative-eventing get pods",
    }),
    Ready: (said) => ({ message: said, cure: `see more: ${describe}` }),
  };
}

function triggerCures({ metadata, spec }: Trigger): Cures {
  const describe = `kubectl -n ${metadata.namespace} describe trigger ${metadata.name}`;
  return {
    nobody: () => ({ message: "nobody looks after it", cure: "see to its Broker first" }),
    BrokerReady: () => ({ message: `its Broker ${spec.broker ?? ""} is not ready`, cure: "see to the Broker first" }),
    SubscriberResolved: (said) => ({ message: `its step cannot be reached: ${said}`, cure: "see to the step first" }),
    DeadLetterSinkResolved: (said) => ({
      message: `its dead letters have nowhere to go: ${said}`,
      cure: "see to the place of the dead letters first",
    }),
    Ready: (said) => ({ message: said, cure: `see more: ${describe}` }),
  };
}

const SINK_CURES: Cures = {
  nobody: () => ({
    message: "nobody in this cluster looks after KafkaSinks",
    cure: "install Knative's KafkaSink (eventing-kafka-sink.yaml; make deploy does), or set deadLetters.sink",
  }),
  TopicReady: (said) => ({
    message: `its topic cannot be had: ${said}`,
    cure: "see whether Kafka runs and has as many brokers as deadLetters.replicationFactor",
  }),
  Ready: (said) => ({ message: said, cure: "see more: kubectl describe kafkasink" }),
};
