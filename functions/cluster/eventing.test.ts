// Broker, Triggers and the place of dead letters, out of objects of a real cluster; what goes wrong is put into them in
// Knative's own words.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brokerInUse, brokerTold, sinkOf, triggerTold } from "./eventing.ts";
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

test("what is well is ready, with its class and its address", () => {
  expect(brokerTold(objects)).toEqual({
    name: "default",
    class: "Kafka",
    url: "http://kafka-broker-ingress.knative-eventing.svc.cluster.local/wadi/default",
    state: "ready",
  });
  expect(triggerTold("learn", objects)).toEqual({ name: "learn", state: "ready" });
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
      "of a class that is not there",
      undefined,
      /nobody in this cluster looks after Brokers of class Kafka/,
      /broker\.class/,
    ],
    ["without Kafka", failed("TopicReady", "no such host"), /topic cannot be had: no such host/, /kafka\.kafka\.svc/],
    ["with wrong settings", failed("ConfigParsed", "no bootstrap.servers"), /settings cannot be used/, /ConfigMap/],
    ["without a data plane", failed("DataPlaneAvailable", "no pods"), /data plane does not run/, /knative-eventing/],
    ["for what nobody foresaw", failed("Odd", "so and so"), /so and so/, /describe broker default/],
  ])("%s", (_title, conditions, message, cure) => {
    const told = brokerTold({ ...objects, brokers: [brokerWith(conditions)] });

    expect(told?.state).toBe("fails");
    expect(told?.problem?.message).toMatch(message);
    expect(told?.problem?.cure).toMatch(cure);
  });

  test("though it says so, for a pod of its data plane has no node with the CPU, names pod and cure", () => {
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

    const told = brokerTold({ ...objects, dataPlane: [dispatcher] });

    expect(told?.state).toBe("fails");
    expect(told?.problem?.message).toMatch(/no node has the CPU .* kafka-broker-dispatcher-0 asks for: 0\/1 nodes/);
    expect(told?.problem?.cure).toMatch(/6.*set resources statefulset kafka-broker-dispatcher --requests=cpu=200m/);
  });

  test("yet, is no problem", () => {
    const told = brokerTold({ ...objects, brokers: [brokerWith([{ type: "Ready", status: "Unknown" }])] });

    expect(told).toMatchObject({ state: "waits" });
    expect(told).not.toHaveProperty("problem");
  });
});

describe("a Trigger", () => {
  test("that is missing leaves its step without events", () => {
    const told = triggerTold("learn", { ...objects, triggers: [] });

    expect(told.problem).toMatchObject({ reason: "NoTrigger", message: "no Trigger brings it events" });
  });

  test.each([
    ["BrokerReady", /its Broker default is not ready/],
    ["SubscriberResolved", /its step cannot be reached/],
    ["DeadLetterSinkResolved", /nowhere to go/],
  ])("whose %s is false says what to see to first", (type, message) => {
    const triggers = objects.triggers.map((one) => ({ ...one, status: { conditions: failed(type, "why") } }));

    const { problem } = triggerTold("learn", { ...objects, triggers });

    expect(problem?.message).toMatch(message);
    expect(problem?.cure).toMatch(/first/);
  });
});

describe("the place of dead letters", () => {
  test("that is not there is a problem; one of another kind is taken as it is", () => {
    const jobs = objects.triggers.map((one) => ({
      ...one,
      spec: { ...one.spec, delivery: { deadLetterSink: { ref: { kind: "JobSink", name: "dead-letters" } } } },
    }));

    expect(sinkOf({ ...objects, sinks: [] })?.problem?.reason).toBe("NotFound");
    expect(sinkOf({ triggers: jobs, sinks: [] })).toEqual({ kind: "JobSink", name: "dead-letters", state: "ready" });
    expect(sinkOf({ triggers: [], sinks: [] })).toBeUndefined();
  });
});

test("without a Broker there is none; that of the Triggers goes before another", () => {
  const [broker] = objects.brokers as [Broker];
  const other = { ...broker, metadata: { ...broker.metadata, name: "other" } };

  expect(brokerTold({ ...objects, brokers: [other] })).toBeUndefined();
  expect(brokerInUse({ brokers: [other, broker], triggers: objects.triggers })?.metadata.name).toBe("default");
  expect(brokerInUse({ brokers: [other], triggers: [] })?.metadata.name).toBe("other");
});
