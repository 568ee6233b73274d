// The pages of docs/reference are what the code says.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ATTRIBUTES, TYPES } from "../docs/generator/event-words.ts";
import { ROOT } from "../docs/generator/markdown.ts";
import { referencePages } from "../docs/generator/pages.ts";
import { variables } from "../docs/generator/settings.ts";
import { readStepConfig } from "./lib/config.ts";
import { REASONS } from "./lib/events/reasons.ts";
import { type Event, EventType } from "./lib/events/vocabulary.ts";
import { startLocal } from "./local/start.ts";
import { label, observation, post, settled } from "./local/wadi-under-test.contract.ts";

const FOLDER = join(ROOT, "docs/reference");
const pages = await referencePages();

/** Every source of functions/, without its tests. */
const sources = readdirSync(join(ROOT, "functions"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !/\.(test|contract)\.ts$|fixtures\//.test(file))
  .map((file) => ({ file, text: readFileSync(join(ROOT, "functions", file), "utf8") }));

test.each(Object.keys(pages))("%s is up to date; if not: npm run docs", (name) => {
  expect(readFileSync(join(FOLDER, name), "utf8")).toBe(pages[name]);
});

test("no page stands there that the code does not make", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(pages).sort());
});

test("every variable that a source reads is among the settings", () => {
  const texts = [...sources.map(({ text }) => text), readFileSync(join(ROOT, "wadi"), "utf8")];
  const known = new Set(texts.flatMap((text) => text.match(/\bWADI_[A-Z_]*[A-Z]\b/g) ?? []));

  expect(known.size).toBeGreaterThan(10);
  expect(
    [...known].filter((name) => !name.startsWith("WADI_TEST_") && !pages["settings.md"]?.includes(`\`${name}\``)),
  ).toEqual([]);
});

test("the defaults that the settings tell are those that count where nothing is set", () => {
  const told = variables().filter(([, fallback]) => /^[\w.:/]+$/.test(fallback) && fallback !== "none");
  const env = Object.fromEntries(told.map(([name, fallback]) => [name, fallback]));

  expect(told.length).toBeGreaterThan(8);
  expect(readStepConfig(env)).toEqual(readStepConfig({}));
});

test("every code that a step or a broker may fail with is told with its cure", () => {
  const GIVEN =
    /new \w+Error\(\s*"([a-z-]+)",|\bmalformed\(\s*"([a-z-]+)"|\b(?:reason|code|error): "([a-z-]+)"|: Refusal = "([a-z-]+)"|refuse\("([a-z-]+)"/g;
  const rooms = /^(lib|local|validate|featurize|predict|learn)\//;
  const given = sources
    .filter(({ file }) => rooms.test(file))
    .flatMap(({ text }) => [...text.matchAll(GIVEN)].map((found) => found.slice(1).find((code) => code !== undefined)));
  const told = REASONS.map(({ code }) => code);

  expect(new Set(given).size).toBeGreaterThan(40);
  expect([...new Set(given)].filter((code) => !told.includes(code ?? ""))).toEqual([]);
  expect(told).toEqual([...new Set(told)]);
});

test("the events that Wadi makes bear no attribute and no member that is not told", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), "wadi-reference-"));
  const wadi = await startLocal({
    dataFolder,
    port: 0,
    adminPort: 0,
    pipelinesFolder: join(ROOT, "helm/pipelines"),
    valuesFile: join(ROOT, "helm/values.yaml"),
    logLevel: "silent",
  });
  const made: Event[] = [];
  wadi.broker.tap((event) => made.push(event));
  try {
    for (const sent of [observation(1, true), observation(2, false), label(2)]) {
      expect(await post(wadi.url, sent)).toMatchObject({ status: 202 });
      await settled(wadi);
    }

    expect(new Set(made.map(({ type }) => type))).toEqual(
      new Set(Object.values(EventType).filter((type) => type !== EventType.record)),
    );
    const told = new Set([
      ...["specversion", "id", "source", "type", "data", "data_base64"],
      ...ATTRIBUTES.map(([name]) => name),
    ]);
    expect(made.flatMap((event) => Object.keys(event)).filter((name) => !told.has(name))).toEqual([]);
    for (const [key, type] of Object.entries(EventType)) {
      const members = TYPES[key as keyof typeof EventType].data;
      const data = made.filter((event) => event.type === type).flatMap((event) => Object.keys(event.data as object));
      if (members !== undefined) expect(data.filter((name) => members[name] === undefined)).toEqual([]);
    }
  } finally {
    await wadi.stop();
    rmSync(dataFolder, { recursive: true });
  }
});
