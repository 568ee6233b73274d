// `wadi doctor --cluster` on recorded objects of a real cluster.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ClusterObjects } from "../../cluster/objects.ts";
import { checkEventing, groupFindings } from "./cluster.ts";

const objects = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../cluster/fixtures/waking.json"), "utf8"),
) as ClusterObjects;

/** The delivery block of every Trigger, less what is named. */
function without(setting: string): ClusterObjects {
  const triggers = objects.triggers.map(({ spec, ...one }) => {
    const { [setting]: _, ...delivery } = spec.delivery ?? {};
    return { ...one, spec: { ...spec, delivery } };
  });
  return { ...objects, triggers };
}

test("a ready Broker with ready Triggers is one line", () => {
  expect(checkEventing(objects)).toEqual([{ name: "broker", level: "ok", message: "default of class Kafka" }]);
});

test("a Trigger without a dead-letter sink loses what fails, and one without retries gives up at once", () => {
  const sinkless = checkEventing(without("deadLetterSink")).filter(({ level }) => level === "fail");
  const once = checkEventing(without("retry")).filter(({ level }) => level === "fail");

  expect(sinkless).toHaveLength(4);
  expect(sinkless.map(({ message }) => message)).toContain("learn: no dead-letter sink, so events that fail are lost");
  expect(once.map(({ message }) => message)).toContain("learn: no retries, so the first failure is a dead letter");
});

test("a missing Broker and each missing Trigger are reported", () => {
  const found = checkEventing({ ...objects, triggers: [], brokers: [] });

  expect(found.map(({ name, level }) => [name, level])).toEqual([
    ["broker", "fail"],
    ...Array.from({ length: 4 }, () => ["trigger", "fail"]),
  ]);
});

describe("the consumer groups of the Triggers", () => {
  const dispatcher = (n: number) => ({
    metadata: {
      name: `kafka-broker-dispatcher-${n}`,
      namespace: "eventing",
      labels: { app: "kafka-broker-dispatcher" },
    },
  });
  const learn = { trigger: "learn", group: "knative-trigger-wadi-learn", members: 1, rebalancing: false };

  test("with a member a dispatcher pod, or fewer, are well; so are those whose dispatcher may not be looked at", () => {
    expect(groupFindings([learn, { ...learn, members: 0 }], [dispatcher(0)])).toEqual([]);
    expect(groupFindings([{ ...learn, members: 2 }], [dispatcher(0), dispatcher(1)])).toEqual([]);
    expect(groupFindings([{ ...learn, members: 5 }], undefined)).toEqual([]);
    expect(groupFindings([{ ...learn, members: 5 }], [])).toEqual([]);
  });

  test("with more members than dispatcher pods have a consumer that is left over: the dispatcher is to be restarted", () => {
    const [found, ...more] = groupFindings(
      [
        { ...learn, members: 2 },
        { ...learn, trigger: "predict" },
      ],
      [dispatcher(0)],
    );

    expect(more).toEqual([]);
    expect(found).toMatchObject({ name: "trigger", level: "fail" });
    expect(found?.message).toMatch(
      /^learn: its consumer group .*-learn has 2 members for 1 dispatcher pod: .*left over/,
    );
    expect(found?.cure).toContain("kubectl -n eventing rollout restart statefulset kafka-broker-dispatcher");
  });

  test("whose rebalance does not end keep events waiting, whoever may look at the dispatcher", () => {
    const [found] = groupFindings([{ ...learn, rebalancing: true }], undefined);

    expect(found?.message).toMatch(/has 1 member; its rebalance does not end, so events wait/);
    expect(found?.cure).toContain("kubectl -n knative-eventing rollout restart statefulset kafka-broker-dispatcher");
  });
});
