// What holds for every generator, G1 to G3.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Example } from "../examples.ts";
import { withLateLabels } from "../late-labels.ts";
import { generateExamples } from "./generator.ts";
import { generators } from "./index.ts";

const PIPELINES = join(import.meta.dirname, "../../../helm/pipelines");

type Options = { readonly n?: number; readonly seed: number };
type Rows = (options: Options) => ReturnType<(typeof generators)["line"]["rows"]>;
type Examples = (options: Options, source?: string) => Generator<Example>;

const line = { beta: 2, sigma: 0.1 };
const sessions = { users: 20 };
const cases: readonly (readonly [keyof typeof generators, Rows, Examples])[] = [
  [
    "line",
    (options) => generators.line.rows({ ...line, ...options }),
    (options, source = "/s") => generateExamples(generators.line, { ...line, ...options }, { source }),
  ],
  [
    "app-sessions",
    (options) => generators["app-sessions"].rows({ ...sessions, ...options }),
    (options, source = "/s") => generateExamples(generators["app-sessions"], { ...sessions, ...options }, { source }),
  ],
];

test("every generator is tried here", () => {
  expect(cases.map(([name]) => name)).toEqual(Object.keys(generators));
});

describe.each(cases)("%s", (name, rows, examples) => {
  test("the same seed makes the same rows, and fewer of them are the beginning of more", () => {
    const all = [...rows({ n: 200, seed: 1 })];

    expect([...rows({ n: 200, seed: 1 })]).toEqual(all);
    expect([...rows({ n: 50, seed: 1 })]).toEqual(all.slice(0, 50));
    expect([...rows({ n: 200, seed: 2 })].map(({ text }) => text)).not.toEqual(all.map(({ text }) => text));
    expect(all.map(({ number }) => number)).toEqual(all.map((_row, i) => i + 1));
  });

  test("without a number of rows there is no end, and who wants no more asks for no more", () => {
    const endless = rows({ seed: 1 });

    for (let i = 0; i < 5000; i++) expect(endless.next().done).toBe(false);
    endless.return();

    expect(endless.next().done).toBe(true);
  });

  test("rows come in the order of their times, and a label is due after its observation", () => {
    let before = 0;
    for (const { at, label } of examples({ n: 500, seed: 1 })) {
      expect(at).toBeGreaterThanOrEqual(before);
      if (label !== undefined) expect(label.due).toBeGreaterThan(at);
      before = at;
    }
  });

  test("another source has other ids, so that it is something new", () => {
    const ids = (source: string) => [...examples({ n: 20, seed: 1 }, source)].map(({ observation }) => observation.id);

    expect(new Set([...ids("/a"), ...ids("/b"), ...ids("/a")]).size).toBe(40);
  });

  test("the shipped pipeline takes what it makes, observations and labels", async () => {
    const { pipeline: of } = generators[name];
    const file = join(PIPELINES, `${of}.yaml`);
    const pipeline = parsePipeline(readFileSync(file, "utf8"), file);

    for await (const { event } of withLateLabels(examples({ n: 200, seed: 1 }))) {
      expect(event["pipeline"]).toBe(of);
      const data = event.data as object;
      if (event.type.endsWith("label")) expect(pipeline.decodeLabel(data)).toMatchObject({ y: expect.any(Number) });
      else expect(pipeline.decodeJson(data)).toMatchObject({ record: expect.any(Object) });
    }
  });
});
