// What `wadi doctor --cluster` says of names in the log.

import { expect, test } from "vitest";
import { eventOf } from "../../lib/broker/broker-under-test.contract.ts";
import { open } from "../../lib/broker/embedded/under-test.contract.ts";
import { EventType } from "../../lib/events/vocabulary.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import { checkNames } from "./spoilt-names.ts";

const pipelineOf = (name: string, subject = "") =>
  parsePipeline(
    `
name: ${name}
event:
  schemas: { 1: { type: record, name: R, fields: [ { name: n, type: string }, { name: x, type: double }, { name: y, type: double } ] } }
  ${subject}
target: { field: y, task: regression }
features: [ { from: x, as: number } ]
models: { mean: [ mean-regressor ] }
metrics: [ mae ]
`,
    `${name}.yaml`,
  );
const pipelines = new Map([
  ["plain", pipelineOf("plain")],
  ["named", pipelineOf("named", "subject: n")],
]);

async function logOf(...events: readonly { id: string; subject?: string; pipeline: string; type?: string }[]) {
  const { broker } = await open();
  for (const { id, ...attributes } of events)
    await broker.publish(eventOf(id, { type: EventType.observation, ...attributes }));
  return broker.log;
}

test("names that the Broker may have spoilt are counted, with an example and the cure", async () => {
  const log = await logOf(
    { id: "whole", pipeline: "plain" },
    { id: "1", subject: "??", pipeline: "plain" },
    { id: "l?", subject: "s", pipeline: "plain", type: EventType.label },
    { id: "not looked at?", pipeline: "plain", type: "other" },
  );

  expect(await checkNames(log, pipelines)).toMatchObject({
    level: "warn",
    message: expect.stringMatching(/^2 of the newest 3 events .* such as subject "\?\?" of plain/),
    cure: expect.stringMatching(/binary mode.*event\.subject/),
  });
});

test("a pipeline whose body names the observation has no such trouble", async () => {
  const log = await logOf({ id: "??", pipeline: "named" }, { id: "whole", pipeline: "plain" });

  expect(await checkNames(log, pipelines)).toMatchObject({ level: "ok", message: expect.stringContaining("2 events") });
});

test("a log that is away is said, and nothing is concluded", async () => {
  const { broker } = await open();
  const away = async () => {
    throw new Error("Kafka is away");
  };

  expect(await checkNames({ ...broker.log, start: away }, pipelines)).toMatchObject({ level: "warn" });
});
