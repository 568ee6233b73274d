// `event.subject`: the file names the field that names the observation.

import { describe, expect, test } from "vitest";
import { ConfigurationError, RejectedError } from "../../errors.ts";
import { parsePipeline } from "../parse.ts";

const text = ({ subject = "flight", type = "string", more = "", rest = "" } = {}) => `
name: flights
event:
  schemas:
    1:
      type: record
      name: Flight
      fields:
        - { name: flight, type: ${type}${more} }
        - { name: distance, type: double }
        - { name: delay, type: [ "null", double ], default: null }
  subject: ${subject}
target: { field: delay, task: regression }
labelHorizon: 7d
features: [ { from: distance, as: number } ]
models: { mean: [ mean-regressor ] }
metrics: [ mae ]
${rest}`;
const pipelineOf = (change = {}) => parsePipeline(text(change), "flights.yaml");

function refusal(work: () => unknown): RejectedError {
  try {
    work();
  } catch (error) {
    if (error instanceof RejectedError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("an observation is named by its field", () => {
  test.each([
    ["string", "São Paulo 50%", "São Paulo 50%"],
    ["string", "東京", "東京"],
    ["long", 7, "7"],
    ["int", 0, "0"],
  ])("that is a %s: %j", (type, flight, subject) => {
    const pipeline = pipelineOf({ type });

    expect(pipeline.decodeJson({ flight, distance: 1 })).toMatchObject({ subject, record: { flight } });
    expect(pipeline.decodeLabel({ flight, delay: 3 })).toEqual({ y: 3, subject });
  });

  test.each([
    [{ distance: 1 }, "is missing"],
    [{ flight: null, distance: 1 }, "must be text"],
    [{ flight: "", distance: 1 }, "is empty, and the observation is named by it"],
    [{ flight: "a\nb", distance: 1 }, "holds a control character"],
    [{ flight: "x".repeat(5000), distance: 1 }, "4096 are allowed"],
  ])("and is refused without a name: %j", (data, problem) => {
    const error = refusal(() => pipelineOf().decodeJson(data));

    expect(error.fields).toEqual([{ path: "data.flight", problem: expect.stringContaining(problem) }]);
  });

  test.each([
    [{ delay: 1 }, "data.flight", "is missing"],
    [{ flight: "", delay: 1 }, "data.flight", "is empty"],
    [{ flight: "a" }, "data.delay", "is missing"],
    [{ flight: "a", delay: null }, "data.delay", "and is null"],
    [{ flight: "a", delay: 1, distance: 2 }, "data.distance", "is not a field"],
  ])("and so is its label: %j", (data, path, problem) => {
    expect(refusal(() => pipelineOf().decodeLabel(data)).fields).toEqual([
      { path, problem: expect.stringContaining(problem) },
    ]);
  });
});

test.each([
  [{ subject: "fligth" }, 'no field "fligth"; did you mean "flight"?'],
  [{ subject: "delay" }, "delay is the target"],
  [{ subject: "distance" }, "is a double, and a subject is text or a whole number"],
  [{ type: "boolean" }, "is a boolean, and a subject is text or a whole number"],
  [{ type: '["null", string]' }, "may be left out, and each observation must be named"],
  [{ more: ", default: none" }, "write { name: flight, type: string }"],
])("a file in which %j is refused, with the cure", (change, message) => {
  expect(() => pipelineOf(change)).toThrow(ConfigurationError);
  expect(() => pipelineOf(change)).toThrow(`event.subject: `);
  expect(() => pipelineOf(change)).toThrow(message);
});

test("a topic of labels needs no subject of its own: its records bear the field, and so do the labels", () => {
  const [source] = pipelineOf({ rest: "sources: [{ topic: raw, format: json, type: label, omit: [gate] }]" }).sources;
  const value = Buffer.from(JSON.stringify({ flight: "AA-1", gate: "B", delay: 3 }));

  const event = source?.read({ topic: "raw", partition: 0, offset: "7", key: null, headers: {}, value });

  expect(event).toMatchObject({ subject: "AA-1", partitionkey: "AA-1", data: { flight: "AA-1", delay: 3 } });
});
