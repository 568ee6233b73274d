// What `wadi doctor --cluster` finds in the objects of a cluster, recorded from a real one.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ClusterObjects } from "../../cluster/objects.ts";
import { checkEventing } from "./cluster.ts";

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

test("a Broker and Triggers that are well are one line", () => {
  expect(checkEventing(objects)).toEqual([{ name: "broker", level: "ok", message: "default of class Kafka" }]);
});

test("a Trigger without a dead-letter sink loses what fails, and one without retries gives up at once", () => {
  const sinkless = checkEventing(without("deadLetterSink")).filter(({ level }) => level === "fail");
  const once = checkEventing(without("retry")).filter(({ level }) => level === "fail");

  expect(sinkless).toHaveLength(4);
  expect(sinkless.map(({ message }) => message)).toContain("learn: no dead-letter sink, so what fails is lost");
  expect(once.map(({ message }) => message)).toContain("learn: no retries, so the first failure is a dead letter");
});

test("without Broker and Triggers each of them is missed", () => {
  const found = checkEventing({ ...objects, triggers: [], brokers: [] });

  expect(found.map(({ name, level }) => [name, level])).toEqual([
    ["broker", "fail"],
    ...Array.from({ length: 4 }, () => ["trigger", "fail"]),
  ]);
});
