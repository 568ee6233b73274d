// The chart's filters and the program's vocabulary are one text in two places: here they are held together.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileFilters } from "./lib/broker/filter.ts";
import { readTopology } from "./lib/broker/topology.ts";
import { type Event, EventType, STEPS } from "./lib/events/vocabulary.ts";
import { VERSION } from "./lib/version.ts";

const topology = readTopology(join(import.meta.dirname, "../helm/values.yaml"));

/** What vocabulary.ts says of each event: who takes it. What `anyone` may take no step does, or it would go round. */
const TAKEN_BY: Readonly<Record<keyof typeof EventType, readonly string[]>> = {
  observation: ["validate"],
  record: ["validate"],
  label: ["validate"],
  observationValidated: ["featurize"],
  labelValidated: ["featurize"],
  featuresExtracted: ["predict"],
  exampleLabelled: ["learn"],
  predictionMade: [],
  modelUpdated: [],
};

const takersOf = (event: Partial<Event>) =>
  topology
    .filter(({ filters }) => compileFilters(filters)(event as Event))
    .map(({ name }) => name)
    .sort();

test("the chart's steps are the program's, each with a bundle", () => {
  expect(topology.map(({ name }) => name).sort()).toEqual([...STEPS].sort());
});

test.each(Object.entries(EventType))("%s is taken by the steps that it is for, and by no other", (name, type) => {
  expect(takersOf({ type })).toEqual(TAKEN_BY[name as keyof typeof EventType]);
});

test("features that are labelled go to learn as well, and only with the very extension that featurize sets", () => {
  const type = EventType.featuresExtracted;

  // A boolean, and what a broker makes of it.
  for (const labelled of [true, "true"]) expect(takersOf({ type, labelled })).toEqual(["learn", "predict"]);
  for (const labelled of [false, "false", "True"]) expect(takersOf({ type, labelled })).toEqual(["predict"]);
});

test("no filter names a type that the vocabulary does not know", () => {
  const named = [...JSON.stringify(topology).matchAll(/dev\.wadi\.[a-z.]+/g)].map(([type]) => type);

  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((type) => !Object.values<string>(EventType).includes(type))).toEqual([]);
});

test("program, chart and image have one version", () => {
  const read = (file: string) => readFileSync(join(import.meta.dirname, "..", file), "utf8");

  expect(read("helm/Chart.yaml")).toContain(`version: ${VERSION}\n`);
  expect(read("helm/Chart.yaml")).toContain(`appVersion: ${VERSION}\n`);
  expect(read("Dockerfile")).toContain(`ARG VERSION=${VERSION}\n`);
});
