// Many model sets, as a pipeline with one for each value of a field makes them: listed, shown, traced.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalWadi, startLocal } from "../../local/start.ts";
import { settled } from "../../local/wadi-under-test.contract.ts";
import { run as runProgram, type Surroundings } from "../program-under-test.contract.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "wadi-sets-"));
const data = join(folder, "data");
const pipelines = join(folder, "pipelines");
let wadi: LocalWadi;

beforeAll(async () => {
  cpSync(join(root, "helm/pipelines"), pipelines, { recursive: true });
  const flights = join(pipelines, "flights.yaml");
  writeFileSync(flights, `${readFileSync(flights, "utf8")}\nmodelPer: { field: origin, most: 121 }\n`);
  wadi = await startLocal({
    ...{ dataFolder: data, port: 0, adminPort: 0, pipelinesFolder: pipelines },
    ...{ valuesFile: join(root, "helm/values.yaml"), logLevel: "silent" },
  });
  await emit("first", ["São Paulo", ...Array.from({ length: 120 }, (_, i) => `A${String(i).padStart(3, "0")}`)]);
  await emit("second", ["ZZZ"]);
});

afterAll(async () => {
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

/** A flight from each; all are handled afterwards. */
async function emit(name: string, origins: readonly string[]): Promise<void> {
  const file = join(folder, `${name}.csv`);
  const rows = origins.map((origin, i) => `${name}${i},2001-01-01T08:30:00Z,${100 + i},${origin},LAS,${i}\n`);
  writeFileSync(file, `key,date,distance,origin,destination,delay\n${rows.join("")}`);
  await run(["emit", file, "--pipeline", "flights", "--id", "key", "--omit", "key", "--no-check"]);
  await settled(wadi);
}

function run(args: readonly string[], surroundings: Surroundings = {}) {
  const env = { WADI_URL: wadi.url, ...surroundings.env };
  return runProgram(args, { ...surroundings, env });
}

const ask = (args: readonly string[], surroundings?: Surroundings) => run([...args, "--data", data], surroundings);
const list = async (...args: readonly string[]) => ask(["models", "list", ...args]);
const namesIn = (out: string) => [...out.matchAll(/^(flights\/\S+)/gm)].map(([, name]) => name);

describe("models list", () => {
  test("shows a hundred, how many there are, and the command that goes on", async () => {
    const { out } = await list();

    expect(namesIn(out)).toHaveLength(100);
    expect(out).toMatch(/\n100 of 121 model sets; for the next: wadi models list --after flights\/A099\n$/);
    const rest = await list("--after", "flights/A099");
    expect(namesIn(rest.out)).toEqual([
      ...Array.from({ length: 20 }, (_, i) => `flights/A${100 + i}`),
      "flights/S%C3%A3o%20Paulo",
    ]);
    expect(rest.out).not.toContain("for the next");
  });

  test("shows those whose names begin so, and goes on with what was asked for", async () => {
    const { out } = await list("flights/A01", "--limit", "3");

    expect(namesIn(out)).toEqual(["flights/A010", "flights/A011", "flights/A012"]);
    expect(out).toContain(
      "3 of 10 model sets; for the next: wadi models list flights/A01 --limit 3 --after flights/A012",
    );
  });

  test("in another order says when each was committed to, and goes on in that order", async () => {
    const newest = await list("flights/", "--sort", "newest", "--limit", "1");
    const rest = /--after (\S+)$/m.exec(newest.out)?.[1] ?? "";
    const next = await list("flights/", "--sort", "newest", "--limit", "1", "--after", rest);
    const silent = await list("--sort", "silent", "--limit", "2");

    expect(newest.out).toMatch(/^set +champion +last commit +examples/);
    expect(namesIn(newest.out)).toHaveLength(1);
    expect(newest.out).toMatch(
      /1 of 121 model sets; for the next: wadi models list flights\/ --sort newest --limit 1 --after -\d+:flights\/\S+\n$/,
    );
    expect(namesIn(next.out)).toHaveLength(1);
    expect(namesIn(next.out)).not.toEqual(namesIn(newest.out));
    expect(namesIn(silent.out)).toHaveLength(2);
    expect(silent.out).toMatch(/ \d+ (s|min) ago /);
    expect(await list("--sort", "best")).toMatchObject({ code: 2, err: expect.stringContaining("worst") });
  });

  test("says where nothing begins so", async () => {
    expect((await list("flights/X")).out).toMatch(/^No model set whose name begins with flights\/X has learned/);
  });

  test("as JSON has all of them, or as many as are asked for and where the next begin", async () => {
    const all = JSON.parse((await list("--json")).out);
    const some = JSON.parse((await list("--json", "--limit", "2")).out);

    expect(all.items).toHaveLength(121);
    expect(all).not.toHaveProperty("next");
    expect(some).toMatchObject({ items: all.items.slice(0, 2), next: "flights/A001" });
  });

  test("refuses a limit that is none", async () => {
    expect(await list("--limit", "0")).toMatchObject({ code: 2, err: expect.stringContaining("--limit") });
  });
});

test.each(["flights/S%C3%A3o%20Paulo", "flights/São Paulo"])("models show takes %s", async (set) => {
  const { out } = await ask(["models", "show", set]);

  expect(out).toMatch(/^flights\/S%C3%A3o%20Paulo\nlearned +1 example in 1 version/);
});

test("a trace says which model set an observation belongs to", async () => {
  const { out } = await ask(["trace", "first0", "--pipeline", "flights"]);

  expect(out).toMatch(/^model set +flights\/S%C3%A3o%20Paulo$/m);
  expect(out).toMatch(/learned +by flights\/S%C3%A3o%20Paulo, once/);
});

test("a value for which there is no set is a dead letter that says what to do", async () => {
  const { out } = await ask(["dlq", "list", "--json"]);

  expect(JSON.parse(out).items).toMatchObject([
    {
      reason: "too-many-models",
      step: "featurize",
      message: expect.stringContaining("none for ZZZ: correct the value, or raise modelPer.most"),
    },
  ]);
});

test("a prediction names the set; of records of several sets each names its own", async () => {
  const record = (origin: string) => ({ date: "2001-01-01T08:30:00Z", distance: 100, origin, destination: "LAS" });

  const one = await run(["predict", "--pipeline", "flights", JSON.stringify(record("A001"))]);
  const two = await run(["predict", "--pipeline", "flights", JSON.stringify([record("A001"), record("never")])]);

  expect(one.out).toMatch(/^flights\/A001, version 1\n/);
  expect(two.out).toMatch(/^flights, a model set for each record\nrecord +set +prediction/);
  expect(two.out).toMatch(/^ +2 +flights\/never +/m);
});
