// The rules of the house, checked by the imports. The last tests plant a violation of each kind, to show that it is found.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname);

/** A source file and what it imports: other files relative to functions/, or packages by name. */
interface Room {
  readonly file: string;
  readonly imports: readonly string[];
}

/** Who may import an outside package: a folder, a file, or several. Types may be imported anywhere. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  avsc: ["lib/pipeline/"],
  yaml: ["lib/pipeline/"],
  typebox: ["admin/"],
  "@streamparser/json": ["lib/json-elements.ts"],
  "string-width": ["cli/"],
  commander: ["cli/"],
  esbuild: ["bundle.ts", "cli/package/bundle.ts"],
  fflate: ["cli/package/"],
  express: ["lib/serve/application.ts"],

  "prom-client": ["lib/telemetry/registry.ts"],
  ioredis: ["lib/store/redis/connection.ts"],
  kafkajs: ["lib/broker/kafka/"],
  lz4js: ["lib/broker/kafka/codecs.ts"],
  snappyjs: ["lib/broker/kafka/codecs.ts"],
  "@kubernetes/client-node": ["cluster/api.ts"],
  "node:sqlite": ["lib/database.ts", "lib/lock.ts", "lib/broker/kafka/letters/"],
  "vega-datasets": ["feed/"],
  aws4fetch: ["archive/delta/s3/requests.ts"],
  hyparquet: ["archive/delta/parquet.ts"],
  "hyparquet-writer": ["archive/delta/parquet.ts"],
  preact: ["dashboard/page/"],
  "@preact/signals": ["dashboard/page/"],
  htm: ["dashboard/page/html.ts"],
  uplot: ["dashboard/page/parts/chart.ts", "admin/page/", "bundle.ts"],
  cloudevents: [],
};

/** Code that may touch the process: its environment, its signals, its end. */
const WIRING =
  /^(bundle\.ts$|dashboard\/page\/|cli\/|e2e\/|local\/|lib\/serve\/(run|lifecycle)\.ts$|[a-z]+\/main\.ts$)/;

/**
 * The layers, the lowest first. A room imports itself and rooms of the layers below its own, and nothing else: so rooms of
 * one layer do not know each other. A name without a slash at its end is a file.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["lib/"],
  ["lib/events/", "lib/telemetry/"],
  ["lib/features/", "lib/learners/"],
  ["lib/pipeline/"],
  ["lib/states/"],
  ["lib/store/", "lib/broker/"],
  ["lib/config.ts"],
  ["lib/lost-commits/"],
  ["lib/serve/"],
  ["validate/", "featurize/", "learn/", "predict/", "archive/"],
  ["admin/"],
  // What runs in a browser: of the API it has the types alone.
  ["dashboard/page/"],
  ["cluster/", "feed/", "local/", "openwhisk/", "func/"],
  ["cli/", "dashboard/"],
  ["e2e/"],
];

/** Drivers of one port know what they share, and not each other. */
const APART: readonly (readonly string[])[] = [
  ["lib/store/redis/", "lib/store/sqlite/"],
  ["lib/broker/embedded/", "lib/broker/kafka/"],
  ["archive/delta/folder.ts", "archive/delta/s3/"],
];

/** A kit for any terminal program: of Wadi it knows only how failures, figures and times are written. */
const KIT = { room: "cli/terminal/", knows: /^lib\/(clock|errors|failure|figures|times|pause)\.ts$/ };

/** Packages of Node for input, output or chance; pure rooms import none of them. */
const PURE = ["lib/features/", "lib/learners/", "dashboard/page/"];
const IMPURE = /^node:(fs|net|http|https|child_process|worker_threads|sqlite|crypto|os|process)/;

/** The layer and the room of a file, by the longest name that fits. Undefined for bundle.ts, which wires everything. */
function placeOf(file: string): { readonly layer: number; readonly room: string } | undefined {
  const fitting = LAYERS.flatMap((rooms, layer) => rooms.map((room) => ({ layer, room })))
    .filter(({ room }) => file === room || (room.endsWith("/") && file.startsWith(room)))
    .sort((a, b) => b.room.length - a.room.length);
  return fitting[0];
}

function violations({ file, imports }: Room): string[] {
  const found: string[] = [];
  const at = placeOf(file);
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
    const to = placeOf(target);
    if (at !== undefined && to !== undefined && at.room !== to.room) {
      if (to.layer > at.layer) say(`${at.room} is below ${to.room}: imports point downwards`);
      if (to.layer === at.layer) say(`${at.room} and ${to.room} do not know each other`);
    }
    for (const rooms of APART) {
      const [mine, other] = [file, target].map((path) => rooms.find((room) => path.startsWith(room)));
      if (mine !== undefined && other !== undefined && mine !== other) say("a driver knows no other driver");
    }
    if (file.startsWith(KIT.room) && !target.startsWith(KIT.room) && !KIT.knows.test(target))
      say("the terminal kit knows nothing of Wadi");
    if (file.endsWith("/handler.ts") && /^lib\/(store|broker)\/[a-z]+\//.test(target))
      say("a handler knows ports, never drivers");
  }
  return found;
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The circles of a graph, each as a list of its files. */
function circles(graph: Graph): string[] {
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    [...(graph.get(from) ?? [])].some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  const inCircles = [...graph.keys()].filter((node) => reaches(node, node));
  const groups = new Map<string, string[]>();
  for (const node of inCircles) {
    const first = inCircles.find((other) => other === node || (reaches(other, node) && reaches(node, other))) as string;
    groups.set(first, [...(groups.get(first) ?? []), node]);
  }
  return [...groups.values()].map((nodes) => nodes.sort().join(" <-> "));
}

function graphOf(edges: readonly (readonly [string, string])[]): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

function fileCircles(rooms: readonly Room[]): string[] {
  const inside = ({ file, imports }: Room) =>
    imports.filter((to) => to.endsWith(".ts")).map((to) => [file, to] as const);
  return circles(graphOf(rooms.flatMap(inside)));
}

/** Folders that lie beside each other; a folder and the one it lies in may know each other (a port and its drivers). */
function folderCircles(rooms: readonly Room[]): string[] {
  const edges = rooms.flatMap(({ file, imports }) =>
    imports.flatMap((to) => {
      const [a, b] = [file.split("/"), to.split("/")];
      let depth = 0;
      while (depth < Math.min(a.length, b.length) - 1 && a[depth] === b[depth]) depth++;
      if (depth >= a.length - 1 || depth >= b.length - 1) return [];
      return [[a.slice(0, depth + 1).join("/"), b.slice(0, depth + 1).join("/")] as const];
    }),
  );
  return circles(graphOf(edges));
}

/** Folders with more source files than a reader can survey; tests and fixtures do not count. */
function crowded(files: readonly string[], most = 25): string[] {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > most).map(([folder, count]) => `${folder} has ${count} files`);
}

/** Homes that do not import their package. */
function emptyHomes(rooms: readonly Room[], homes = HOMES): string[] {
  return Object.entries(homes).flatMap(([name, folders]) =>
    folders
      .filter((home) => !rooms.some(({ file, imports }) => file.startsWith(home) && imports.includes(name)))
      .map((home) => `${name} is not used in ${home}`),
  );
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|import(?:\.meta\.resolve)?\(\s*"([^"]+)"\s*\)/g;

function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].flatMap(([, type, named, lazy]) => {
    const target = named ?? lazy ?? "";
    if (target.startsWith(".")) return [normalize(join(dirname(file), target))];
    return type === undefined ? [target.replace(/^(@[^/]+\/[^/]+|[^@/][^/]*)\/.*$/, "$1")] : [];
  });
}

/** What is loaded with a file: neither types nor what is imported when it is needed. */
function loadedWith(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  for (const [, type, named = ""] of read(file).matchAll(IMPORT)) {
    const target = normalize(join(dirname(file), named));
    if (type === undefined && named.startsWith(".") && FILES.has(target)) loadedWith(target, loaded);
  }
  return loaded;
}

function sources(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "fixtures" ? [] : sources(path);
    return /(?<!\.test|\.contract)\.ts$/.test(entry.name) ? [relative(ROOT, path)] : [];
  });
}

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

const FILES = new Set(sources());
const rooms = sources().map((file) => ({ file, imports: importsOf(file, read(file)) }));

test("imports point downwards, packages stay at home, rooms of one layer do not know each other", () => {
  const found = rooms.flatMap(violations);

  expect(rooms.length).toBeGreaterThan(30);
  expect(found).toEqual([]);
});

test("every file is in a layer, except the bundle, which builds the programs", () => {
  expect(rooms.map(({ file }) => file).filter((file) => placeOf(file) === undefined)).toEqual(["bundle.ts"]);
});

test("no circle of files, none of folders that lie beside each other", () => {
  expect(fileCircles(rooms)).toEqual([]);
  expect(folderCircles(rooms)).toEqual([]);
});

test("a folder has at most 25 source files", () => {
  expect(crowded(rooms.map(({ file }) => file))).toEqual([]);
});

test("every home of a package imports it", () => {
  expect(emptyHomes(rooms)).toEqual([]);
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

test("a command does not wait for learners that it may not need", () => {
  expect(loadedWith("cli/wadi.ts")).not.toContain("lib/learners/index.ts");
  expect(loadedWith("lib/pipeline/load.ts")).toContain("lib/learners/index.ts");
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
    /point downwards/,
  ],
  ["a learner that reads a file", "lib/learners/x.ts", `import { readFileSync } from "node:fs";`, /pure/],
  [
    "a handler that knows a driver",
    "learn/handler.ts",
    `import { open } from "../lib/store/sqlite/sqlite.ts";`,
    /never drivers/,
  ],
  ["a step that imports another", "learn/handler.ts", `import { p } from "../predict/handler.ts";`, /each other/],
  ["a driver that knows another", "lib/store/redis/x.ts", `import { p } from "../sqlite/file.ts";`, /no other driver/],
  ["a file of lib that knows a room", "lib/x.ts", `import { p } from "./events/json.ts";`, /point downwards/],
  ["who takes a command apart", "feed/x.ts", `import { p } from "../cli/terminal/table.ts";`, /point downwards/],
  ["an admin operation that starts a Wadi", "admin/x.ts", `import { p } from "../local/start.ts";`, /point downwards/],
  ["a kit with a meaning", "cli/terminal/x.ts", `import { p } from "../../lib/events/json.ts";`, /nothing of Wadi/],
  ["a step that knows the local broker", "learn/main.ts", `import { b } from "../local/start.ts";`, /point downwards/],
  ["a package away from home", "learn/handler.ts", `import express from "express";`, /home is lib\/serve/],
  ["a package nobody gave a home", "learn/handler.ts", `import left from "left-pad/x.js";`, /no home/],
  ["a scoped package", "cli/x.ts", `const a = await import("@kubernetes/client-node");`, /home is cluster\/api/],
  ["a lazy import", "lib/serve/x.ts", `const a = await import("../../local/start.ts");`, /point downwards/],
])("%s is found", (_title, file, text, rule) => {
  const found = violations({ file, imports: importsOf(file, text) });

  expect(found.join()).toMatch(rule);
});

test("importing types alone is free", () => {
  expect(importsOf("learn/handler.ts", `import type { Response } from "express";`)).toEqual([]);
});

test.each([
  [
    "two files",
    [
      ["lib/a.ts", "lib/b.ts"],
      ["lib/b.ts", "lib/a.ts"],
    ],
    "lib/a.ts <-> lib/b.ts",
  ],
  [
    "three files",
    [
      ["a.ts", "b.ts"],
      ["b.ts", "c.ts"],
      ["c.ts", "a.ts"],
      ["d.ts", "a.ts"],
    ],
    "a.ts <-> b.ts <-> c.ts",
  ],
] as const)("a circle of %s is found", (_title, edges, found) => {
  expect(fileCircles(edges.map(([file, to]) => ({ file, imports: [to] })))).toEqual([found]);
});

test("a circle of folders is found where no file is in one", () => {
  const planted = [
    { file: "lib/a/one.ts", imports: ["lib/b/two.ts"] },
    { file: "lib/b/three.ts", imports: ["lib/a/four.ts", "lib/b/two.ts"] },
    { file: "lib/a/sub/five.ts", imports: ["lib/a/one.ts"] },
    { file: "lib/a/one.ts", imports: ["lib/a/sub/five.ts"] },
  ];

  expect(folderCircles(planted)).toEqual(["lib/a <-> lib/b"]);
});

test("a crowded folder and an empty home are found", () => {
  const files = Array.from({ length: 26 }, (_, i) => `cli/x/file-${i}.ts`);

  expect(crowded([...files, "cli/y/one.ts"])).toEqual(["cli/x has 26 files"]);
  expect(emptyHomes([{ file: "a/one.ts", imports: ["ajv"] }], { ajv: ["a/", "b/"], cloudevents: [] })).toEqual([
    "ajv is not used in b/",
  ]);
});
