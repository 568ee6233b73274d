import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import { EventType } from "../events/vocabulary.ts";
import { eventOf, journalFile } from "./broker-under-test.contract.ts";
import { compileFilters } from "./filter.ts";
import { readTopology } from "./topology.ts";

const SHIPPED = join(import.meta.dirname, "../../../helm/values.yaml");

function valuesFile(text: string): string {
  const path = `${journalFile()}.yaml`;
  writeFileSync(path, text);
  return path;
}

const STEP = {
  filters: "[{ exact: { type: a } }]",
  order: "ordered",
  concurrency: "8",
  delivery: "{ retry: 3, backoffPolicy: linear, backoffDelay: PT1S, timeout: PT30S }",
};

/** A file with one step; an undefined line is left out. */
function stepWith(changed: Partial<Record<keyof typeof STEP, string | undefined>>): string {
  const lines = Object.entries({ ...STEP, ...changed }).filter(([, value]) => value !== undefined);
  return valuesFile(`steps:\n  learn:\n${lines.map(([key, value]) => `    ${key}: ${value}\n`).join("")}`);
}

test("the chart as it is shipped: the four steps in flow order, each with a whole delivery", () => {
  const triggers = readTopology(SHIPPED);

  expect(triggers.map(({ name }) => name)).toEqual(["validate", "featurize", "predict", "learn"]);
  expect(triggers[0]?.delivery).toEqual({
    retry: 10,
    backoffPolicy: "exponential",
    backoffDelay: "PT0.2S",
    timeout: "PT30S",
  });
});

test("the chart as it is shipped: the steps that use the store outlive an hour without it", () => {
  const patient = readTopology(SHIPPED).filter(({ name }) => name !== "validate");

  for (const { delivery } of patient) {
    expect(delivery).toEqual({ retry: 40, backoffPolicy: "linear", backoffDelay: "PT5S", timeout: "PT30S" });
  }
});

test.each([
  [EventType.observation, ["validate"]],
  [EventType.label, ["validate"]],
  [EventType.observationValidated, ["featurize"]],
  [EventType.labelValidated, ["featurize"]],
  [EventType.featuresExtracted, ["predict"]],
  [EventType.exampleLabelled, ["learn"]],
  [EventType.predictionMade, []],
  [EventType.modelUpdated, []],
])("the chart as it is shipped: %s goes to %j", (type, steps) => {
  const takes = readTopology(SHIPPED).filter(({ filters }) => compileFilters(filters)(eventOf(1, { type })));

  expect(takes.map(({ name }) => name)).toEqual(steps);
});

test.each([
  [true, ["predict", "learn"]],
  ["true", ["predict", "learn"]],
  [false, ["predict"]],
  ["false", ["predict"]],
])("the chart as it is shipped: features with labelled %j go to %j", (labelled, steps) => {
  const event = eventOf(1, { type: EventType.featuresExtracted, labelled });

  const takes = readTopology(SHIPPED).filter(({ filters }) => compileFilters(filters)(event));

  expect(takes.map(({ name }) => name)).toEqual(steps);
});

test("a step is read with all that the file says of it, and nothing else", () => {
  const triggers = readTopology(stepWith({}));

  expect(triggers).toEqual([
    {
      name: "learn",
      filters: [{ exact: { type: "a" } }],
      order: "ordered",
      concurrency: 8,
      delivery: { retry: 3, backoffPolicy: "linear", backoffDelay: "PT1S", timeout: "PT30S" },
    },
  ]);
});

const delivery = (changed: string) => `{ ${changed} }`;

test.each<[problem: string, text: () => string, message: string]>([
  ["no steps", () => valuesFile("broker: {}\n"), "steps is missing: write a map"],
  ["steps as a list", () => valuesFile("steps: [learn]\n"), "steps must be a map"],
  ["empty steps", () => valuesFile("steps: {}\n"), "steps is empty: name at least one step"],
  ["a list as the file", () => valuesFile("- steps\n"), "the file must be a map"],
  [
    "a bad name",
    () => valuesFile("steps: { Learn: {} }\n"),
    "steps.Learn is no name of a step: use lower-case letters, digits and dashes",
  ],
  ["an empty step", () => valuesFile("steps: { learn: }\n"), "steps.learn must be a map"],
  ["no filters", () => stepWith({ filters: undefined }), "steps.learn.filters must be a list of filters"],
  [
    "a wrong filter",
    () => stepWith({ filters: "[{ any: [{ exact: { labelled: true } }] }]" }),
    "steps.learn.filters[0].any[0].exact.labelled is true: write a string, in quotes, not empty",
  ],
  ["a wrong order", () => stepWith({ order: "fifo" }), 'steps.learn.order is "fifo": write ordered or unordered'],
  ["no order", () => stepWith({ order: undefined }), "steps.learn.order is undefined: write ordered or unordered"],
  [
    "no concurrency",
    () => stepWith({ concurrency: "0" }),
    "steps.learn.concurrency is 0: write a whole number from 1 to 1000",
  ],
  [
    "a concurrency in quotes",
    () => stepWith({ concurrency: '"8"' }),
    'steps.learn.concurrency is "8": write a whole number from 1 to 1000',
  ],
  ["no delivery", () => stepWith({ delivery: undefined }), "steps.learn.delivery is missing: write a map"],
  [
    "a delivery without retry",
    () => stepWith({ delivery: delivery("backoffPolicy: linear, backoffDelay: PT1S, timeout: PT30S") }),
    "steps.learn.delivery.retry is undefined: write a whole number from 0 to 1000",
  ],
  [
    "half a retry",
    () => stepWith({ delivery: delivery("retry: 1.5, backoffPolicy: linear, backoffDelay: PT1S, timeout: PT30S") }),
    "steps.learn.delivery.retry is 1.5: write a whole number from 0 to 1000",
  ],
  [
    "a wrong policy",
    () => stepWith({ delivery: delivery("retry: 1, backoffPolicy: jitter, backoffDelay: PT1S, timeout: PT30S") }),
    'steps.learn.delivery.backoffPolicy is "jitter": write linear or exponential',
  ],
  [
    "a delay that is no duration",
    () => stepWith({ delivery: delivery("retry: 1, backoffPolicy: linear, backoffDelay: 1s, timeout: PT30S") }),
    'steps.learn.delivery.backoffDelay is "1s": write an ISO 8601 duration such as PT0.2S',
  ],
  [
    "no timeout",
    () => stepWith({ delivery: delivery("retry: 1, backoffPolicy: linear, backoffDelay: PT1S") }),
    "steps.learn.delivery.timeout is undefined: write an ISO 8601 duration such as PT0.2S",
  ],
  [
    "a timeout of nothing",
    () => stepWith({ delivery: delivery("retry: 1, backoffPolicy: linear, backoffDelay: PT1S, timeout: PT0S") }),
    'steps.learn.delivery.timeout is "PT0S": write a duration above zero',
  ],
])("%s is refused with file, path and cure", (_problem, text, message) => {
  const path = text();

  const read = () => readTopology(path);

  expect(read).toThrow(ConfigurationError);
  expect(read).toThrow(`${path}: ${message}`);
});

test("a file that is not there is named, with the cure", () => {
  const path = `${journalFile()}.yaml`;

  const read = () => readTopology(path);

  expect(read).toThrow(ConfigurationError);
  expect(read).toThrow(`${path} cannot be read`);
  expect(read).toThrow("name the values file of the chart");
});

test("no YAML, an empty file and a step that is there twice are refused with the file's name", () => {
  const broken = valuesFile("steps: {\n");
  const twice = valuesFile("steps:\n  learn: {}\n  learn: {}\n");

  for (const path of [broken, valuesFile(""), twice]) {
    expect(() => readTopology(path)).toThrow(ConfigurationError);
    expect(() => readTopology(path)).toThrow(path);
  }
});
