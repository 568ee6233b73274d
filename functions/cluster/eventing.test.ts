// Broker, Triggers and the dead-letter sink, read from recorded objects of a real cluster. Failures are added to them in
// Knative's own words.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brokerInUse, brokerStatus, sinkOf, triggerStatus } from "./eventing.ts";
import type { Broker, ClusterObjects, Condition, Pod } from "./objects.ts";

const objects = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/waking.json"), "utf8")) as ClusterObjects;

const failed = (type: string, message: string): Condition[] => [
  { type: "Ready", status: "False", reason: "Because", message },
  { type, status: "False", reason: "Because", message },
];

function brokerWith(conditions: readonly Condition[] | undefined): Broker {
  const [broker] = objects.brokers as [Broker];
  return {
    ...broker,
    status: { ...broker.status, ...(conditions === undefined ? { conditions: undefined as never } : { conditions }) },
  };
}

test("Broker, Trigger and sink that are ready are reported so, with class and address", () => {
  expect(brokerStatus(objects)).toEqual({
    name: "default",
    class: "Kafka",
    url: "http://kafka-broker-ingress.knative-eventing.svc.cluster.local/wadi/default",
    state: "ready",
  });
  expect(triggerStatus("learn", objects)).toEqual({ name: "learn", state: "ready" });
  expect(sinkOf(objects)).toEqual({
    kind: "KafkaSink",
    name: "dead-letters",
    topic: "wadi-dead-letters",
    state: "ready",
  });
});

describe("a Broker that is not ready", () => {
  test.each<[string, readonly Condition[] | undefined, RegExp, RegExp]>([
    [
      "of a class without a controller",
      undefined,
      /no controller in this cluster handles Brokers of class Kafka/,
      /broker\.class/,
    ],
    [
      "without Kafka",
      failed("TopicReady", "no such host"),
      /topic cannot be created or used: no such host/,
      /kafka\.kafka\.svc/,
    ],
    ["with wrong settings", failed("ConfigParsed", "no bootstrap.servers"), /settings cannot be used/, /ConfigMap/],
    ["without a data plane", failed("DataPlaneAvailable", "no pods"), /data plane is not running/, /knative-eventing/],
    ["for an unknown reason", failed("Odd", "so and so"), /so and so/, /describe broker default/],
  ])("%s", (_title, conditions, message, cure) => {
    const told = brokerStatus({ ...objects, brokers: [brokerWith(conditions)] });

    expect(told?.state).toBe("fails");
    expect(told?.problem?.message).toMatch(message);
    expect(told?.problem?.cure).toMatch(cure);
  });

  test("although it says it is, because a pod of its data plane finds no node with enough CPU, names pod and cure", () => {
    const dispatcher: Pod = {
      metadata: {
        name: "kafka-broker-dispatcher-0",
        namespace: "knative-eventing",
        labels: { app: "kafka-broker-dispatcher" },
      },
      status: {
        phase: "Pending",
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/1 nodes are available: 1 Insufficient cpu.",
          },
        ],
      },
    };

    const told = brokerStatus({ ...objects, dataPlane: [dispatcher] });

    expect(told?.state).toBe("fails");
    expect(told?.problem?.message).toMatch(/no node has the CPU .* kafka-broker-dispatcher-0 asks for: 0\/1 nodes/);
    expect(told?.problem?.cure).toMatch(/6.*set resources statefulset kafka-broker-dispatcher --requests=cpu=200m/);
  });

  test("yet but has not failed is no problem", () => {
    const told = brokerStatus({ ...objects, brokers: [brokerWith([{ type: "Ready", status: "Unknown" }])] });

    expect(told).toMatchObject({ state: "waits" });
    expect(told).not.toHaveProperty("problem");
  });
});

describe("a Trigger", () => {
  test("that is missing is a problem of its step, which gets no events", () => {
    const told = triggerStatus("learn", { ...objects, triggers: [] });

    expect(told.problem).toMatchObject({ reason: "NoTrigger", message: "it has no Trigger, so it gets no events" });
  });

  test.each([
    ["BrokerReady", /its Broker default is not ready/],
    ["SubscriberResolved", /its step cannot be reached/],
    ["DeadLetterSinkResolved", /its dead-letter sink cannot be found/],
  ])("whose %s is false says what to see to first", (type, message) => {
    const triggers = objects.triggers.map((one) => ({ ...one, status: { conditions: failed(type, "why") } }));

    const { problem } = triggerStatus("learn", { ...objects, triggers });

    expect(problem?.message).toMatch(message);
    expect(problem?.cure).toMatch(/first/);
  });
});

describe("the dead-letter sink", () => {
  test("that does not exist is a problem; one of another kind counts as ready", () => {
    const jobs = objects.triggers.map((one) => ({
      ...one,
      spec: { ...one.spec, delivery: { deadLetterSink: { ref: { kind: "JobSink", name: "dead-letters" } } } },
    }));

    expect(sinkOf({ ...objects, sinks: [] })?.problem?.reason).toBe("NotFound");
    expect(sinkOf({ triggers: jobs, sinks: [] })).toEqual({ kind: "JobSink", name: "dead-letters", state: "ready" });
    expect(sinkOf({ triggers: [], sinks: [] })).toBeUndefined();
  });
});

test("the Broker in use is the one that the Triggers name; without Triggers the only one", () => {
  const [broker] = objects.brokers as [Broker];
  const other = { ...broker, metadata: { ...broker.metadata, name: "other" } };

  expect(brokerStatus({ ...objects, brokers: [other] })).toBeUndefined();
  expect(brokerInUse({ brokers: [other, broker], triggers: objects.triggers })?.metadata.name).toBe("default");
  expect(brokerInUse({ brokers: [other], triggers: [] })?.metadata.name).toBe("other");
});
