// The rules of the house, read off the imports. A rule that nothing could break would be no rule: the last tests plant
// a violation of each kind and see it found.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname);

/** A source file and what it imports: other files relative to functions/, or packages by name. */
interface Room {
  readonly file: string;
  readonly imports: readonly string[];
}

const STEPS = ["validate", "featurize", "learn", "predict"];

/** Who may import an outside package: a folder, a file, or several. Types may be imported anywhere. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  ajv: ["lib/pipeline/", "admin/"],
  avsc: ["lib/pipeline/"],
  yaml: ["lib/pipeline/"],
  typebox: ["admin/"],
  commander: ["cli/"],
  esbuild: ["bundle.ts"],
  express: ["lib/serve/application.ts"],
  pino: ["lib/telemetry/log.ts"],
  "prom-client": ["lib/telemetry/metrics.ts"],
  ioredis: ["lib/store/redis/connection.ts"],
  kafkajs: ["lib/broker/kafka/"],
  lz4js: ["lib/broker/kafka/codecs.ts"],
  snappyjs: ["lib/broker/kafka/codecs.ts"],
  "@kubernetes/client-node": ["cluster/api.ts"],
  "node:sqlite": [
    "lib/database.ts",
    "lib/lock.ts",
    "lib/store/sqlite/",
    "lib/broker/embedded/",
    "lib/broker/kafka/letters/",
  ],
  "vega-datasets": ["feed/"],
  cloudevents: [],
};

/** Code that may touch the process: its environment, its signals, its end. */
const WIRING = /^(bundle\.ts$|cli\/|e2e\/|local\/|lib\/serve\/(run|lifecycle)\.ts$|[a-z]+\/main\.ts$)/;

/** Inner rooms and all that they may import from the house. */
const INNER: Readonly<Record<string, readonly string[]>> = {
  "lib/events/": ["lib/events/", "lib/errors.ts", "lib/pipeline/pipeline.ts"],
  "lib/features/": ["lib/features/", "lib/events/vocabulary.ts", "lib/errors.ts"],
  "lib/learners/": ["lib/learners/", "lib/events/vocabulary.ts", "lib/errors.ts", "lib/pipeline/pipeline.ts"],
  "lib/pipeline/": [
    "lib/pipeline/",
    "lib/features/",
    "lib/learners/",
    "lib/events/",
    "lib/errors.ts",
    "lib/duration.ts",
  ],
  "lib/store/": [
    "lib/store/",
    "lib/events/",
    "lib/errors.ts",
    "lib/config.ts",
    "lib/retention.ts",
    "lib/database.ts",
    "lib/pipeline/choice.ts",
  ],
};

/** Packages of Node that mean input or output, or chance; the inmost rooms have none of them. */
const PURE = ["lib/features/", "lib/learners/"];
const IMPURE = /^node:(fs|net|http|https|child_process|worker_threads|sqlite|crypto|os|process)/;

function violations({ file, imports }: Room): string[] {
  const found: string[] = [];
  const room = Object.keys(INNER).find((prefix) => file.startsWith(prefix));
  const step = STEPS.find((name) => file.startsWith(`${name}/`));
  for (const target of imports) {
    const say = (rule: string) => found.push(`${file} imports ${target}: ${rule}`);
    const homes = HOMES[target];
    const outside = !target.endsWith(".ts") && !target.endsWith(".json");
    if (homes !== undefined && !homes.some((home) => file.startsWith(home)))
      say(`its home is ${homes.join(", ") || "types"}`);
    else if (outside && homes === undefined && !target.startsWith("node:"))
      say("this package has no home; give it one");
    if (PURE.some((prefix) => file.startsWith(prefix)) && IMPURE.test(target)) say("this room is pure");
    if (outside) continue;
    if (room !== undefined && !INNER[room]?.some((prefix) => target.startsWith(prefix))) say("imports point inwards");
    if (step !== undefined && STEPS.some((name) => name !== step && target.startsWith(`${name}/`)))
      say("steps never import each other");
    if (step !== undefined && /^(local|cli|admin|cluster|feed|e2e)\//.test(target))
      say("a step knows nothing of where it runs");
    if (file.startsWith("lib/") && /^(local|cli|admin|cluster|feed|e2e)\//.test(target))
      say("the library knows nothing of its users");
    if (file.startsWith("lib/") && STEPS.some((name) => target.startsWith(`${name}/`)))
      say("the library knows no step");
    if (file.endsWith("/handler.ts") && /^lib\/store\/(?!store\.ts)/.test(target))
      say("a handler knows ports, never drivers");
  }
  return found;
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|import\(\s*"([^"]+)"\s*\)/g;

function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].flatMap(([, type, named, lazy]) => {
    const target = named ?? lazy ?? "";
    if (target.startsWith(".")) return [normalize(join(dirname(file), target))];
    return type === undefined ? [target.replace(/^(@[^/]+\/[^/]+|[^@/][^/]*)\/.*$/, "$1")] : [];
  });
}

function sources(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "fixtures" ? [] : sources(path);
    return /(?<!\.test|\.contract)\.ts$/.test(entry.name) ? [relative(ROOT, path)] : [];
  });
}

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

test("imports point inwards, packages stay at home, steps do not know each other", () => {
  const rooms = sources().map((file) => ({ file, imports: importsOf(file, read(file)) }));

  const found = rooms.flatMap(violations);

  expect(rooms.length).toBeGreaterThan(30);
  expect(found).toEqual([]);
});

test("only the wiring touches the process, and nothing inside reads a clock or draws a number", () => {
  const offenders = sources().filter((file) => {
    const text = read(file).replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
    if (/\bprocess\.(env|on|exit|stdout|stderr|argv)\b/.test(text) && !WIRING.test(file)) return true;
    return (
      /\b(Date\.now|Math\.random|performance\.now)\b/.test(text) &&
      !WIRING.test(file) &&
      !/^lib\/(clock|random)\.ts$/.test(file)
    );
  });

  expect(offenders).toEqual([]);
});

test("a source file stays below 300 lines", () => {
  const long = sources().filter((file) => read(file).split("\n").length > 301);

  expect(long).toEqual([]);
});

test.each([
  [
    "a learner that imports a driver",
    "lib/learners/x.ts",
    `import { a } from "../store/sqlite/sqlite.ts";`,
    /point inwards/,
  ],
  ["a learner that reads a file", "lib/learners/x.ts", `import { readFileSync } from "node:fs";`, /pure/],
  [
    "a handler that knows a driver",
    "learn/handler.ts",
    `import { open } from "../lib/store/sqlite/sqlite.ts";`,
    /never drivers/,
  ],
  ["a step that imports another", "learn/handler.ts", `import { p } from "../predict/handler.ts";`, /each other/],
  ["a step that knows the local broker", "learn/main.ts", `import { b } from "../local/start.ts";`, /where it runs/],
  ["a package away from home", "learn/handler.ts", `import express from "express";`, /home is lib\/serve/],
  ["a package nobody gave a home", "learn/handler.ts", `import left from "left-pad/x.js";`, /no home/],
  ["a scoped package", "cli/x.ts", `const a = await import("@kubernetes/client-node");`, /home is cluster\/api/],
  ["a lazy import", "lib/serve/x.ts", `const a = await import("../../local/start.ts");`, /its users/],
])("%s is found", (_title, file, text, rule) => {
  const found = violations({ file, imports: importsOf(file, text) });

  expect(found.join()).toMatch(rule);
});

test("importing types alone is free", () => {
  expect(importsOf("learn/handler.ts", `import type { Response } from "express";`)).toEqual([]);
});
