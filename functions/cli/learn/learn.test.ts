// `wadi learn` in this process: what is told, what is written, what is refused. River's numbers: oracle.test.ts.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TEMPORARY } from "../../lib/temporary.contract.ts";
import { type Run, run } from "../program-under-test.contract.ts";
import type { LearnResult } from "./result.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(TEMPORARY, "wadi-learn-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Points of y = 2x, in a row that turns round. */
const points = (n: number) => Array.from({ length: n }, (_, i) => ({ x: (i % 20) / 10 - 1, y: (i % 20) / 5 - 2 }));
const csv = (n: number) =>
  `x,y\n${points(n)
    .map(({ x, y }) => `${x},${y}\n`)
    .join("")}`;
const ndjson = (n: number) =>
  points(n)
    .map((point) => `${JSON.stringify(point)}\n`)
    .join("");

interface PipelineParts {
  readonly fields?: readonly object[];
  readonly event?: object;
  readonly models?: object;
  readonly more?: object;
}

function pipeline({ fields = [], event = {}, models, more = {} }: PipelineParts = {}): string {
  const named = [
    { name: "x", type: ["null", "double"], default: null },
    { name: "y", type: ["null", "double"], default: null },
    ...fields,
  ];
  const whole = {
    name: "points",
    event: { schemas: { 1: { type: "record", name: "Point", fields: named } }, ...event },
    target: { field: "y", task: "regression" },
    labelHorizon: "1h",
    features: [{ from: "x", as: "number" }],
    models: models ?? {
      linear: [{ "linear-regression": { optimizer: { sgd: { learningRate: 0.1 } } } }],
      mean: ["mean-regressor"],
    },
    serve: "linear",
    metrics: ["mae", { rolling: "mae", over: 50 }],
    ...more,
  };
  return file("points.yaml", JSON.stringify(whole));
}

const resultOf = ({ out }: Run) => JSON.parse(out) as LearnResult;

async function learned(path: string, ...args: readonly string[]): Promise<LearnResult> {
  const found = await run(["learn", path, "--pipeline", pipeline(), "--json", ...args]);
  expect(found.code, found.err).toBe(0);
  return resultOf(found);
}

describe("whatever the format, the same rows come to the same", () => {
  test("CSV, NDJSON and JSON, and each compressed with gzip", async () => {
    const json = JSON.stringify(points(300));
    const results: LearnResult["models"][] = [];
    for (const [name, text] of [
      ["a.csv", csv(300)],
      ["a.ndjson", ndjson(300)],
      ["a.json", json],
    ] as const) {
      results.push(
        (await learned(file(name, text))).models,
        (await learned(file(`${name}.gz`, gzipSync(text)))).models,
      );
    }

    expect(results[0]?.["linear"]?.metrics["mae"]).toBeLessThan(0.5);
    for (const models of results) expect(models).toEqual(results[0]);
  });

  test("columns under other names, and without those that the pipeline does not have", async () => {
    const text = csv(50)
      .replace("x,y", "Input X,result")
      .replaceAll(/(?<=\d)$/gm, ",note")
      .replace("result", "result,note");
    const names = ["--rename", "Input X=x", "--rename", "result=y", "--omit", "note"];

    expect((await learned(file("named.csv", text), ...names)).models).toEqual(
      (await learned(file("a.csv", csv(50)))).models,
    );
  });

  test("the pipeline by its name", async () => {
    const found = await run(["learn", file("line.csv", csv(120)), "--pipeline", "line", "--json"]);

    expect(resultOf(found)).toMatchObject({
      pipeline: "line",
      learned: 120,
      serve: { model: "linear", chosen: false },
    });
  });
});

describe("what is told", () => {
  test("checkpoints that stand below each other, the models beside the baselines, which serves, and the chart", async () => {
    const { code, out } = await run(["learn", file("a.csv", csv(1234)), "--pipeline", pipeline()]);
    const rows = out.split("\n").slice(1, 7);

    expect(code).toBe(0);
    expect(rows.map((row) => row.trim().split(/ {2,}/)[0])).toEqual(["rows", "100", "200", "500", "1,000", "1,234"]);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(out).toMatch(/MAE of the last 50 rows\n/);
    expect(out).toMatch(/● linear {3}○ mean\n/);
    expect(out).toMatch(/1,234 rows learned in .*\/s\); a state of /);
    expect(out).toMatch(/^▸ linear +\d.* serves$/m);
    expect(out).toMatch(/^ {2}mean +\d.* baseline$/m);
    expect(out).toMatch(/linear would serve, as the pipeline file says\.\nlinear is the best model: .* % less\)\./);
    expect(out).toMatch(/emit .*a\.csv --pipeline points$/m);
  });

  test("a checkpoint after each of so many rows, learned late or at once", async () => {
    const at = async (...args: readonly string[]) =>
      (await learned(file("a.csv", csv(250)), "--every", "100", ...args)).checkpoints.map(({ n }) => n);

    expect([await at(), await at("--delay", "7")]).toEqual([
      [100, 200, 250],
      [100, 200, 250],
    ]);
  });

  test("on a terminal the progress is drawn over, and the table stays above it", async () => {
    const { out, err } = await run(["learn", file("a.csv", csv(300)), "--pipeline", pipeline()], {
      screen: { columns: 100, env: { NO_COLOR: "1" } },
    });

    expect(err).toContain("\x1b[?25l");
    expect(err).toMatch(/rows +linear +mean/);
    expect(out).toContain("300 rows learned");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test("no progress in a pipe", async () => {
    expect((await run(["learn", file("a.csv", csv(300)), "--pipeline", pipeline()])).err).toBe("");
  });

  test("a baseline that no model beats", async () => {
    const models = {
      slow: [{ "linear-regression": { optimizer: { sgd: { learningRate: 1e-9 } } } }],
      mean: ["mean-regressor"],
    };
    const shifted = csv(200).replaceAll(/,(-?[\d.]+)$/gm, (_, y) => `,${Number(y) + 100}`);
    const args = ["--pipeline", pipeline({ models, more: { serve: "slow" } })];

    expect((await run(["learn", file("a.csv", shifted), ...args])).out).toMatch(
      /No model beats the baselines: slow is the best/,
    );
  });

  test("the best model serves where the file asks for it, with each change and its row", async () => {
    const best = { serve: { best: "mae", over: 100, after: 100 }, models: { mean: ["mean-regressor"] } };
    const models = {
      mean: ["mean-regressor"],
      linear: [{ "linear-regression": { optimizer: { sgd: { learningRate: 0.1 } } } }],
    };
    const path = file("a.csv", csv(2000));
    const given = pipeline({ models, more: { serve: best.serve } });
    const { serve } = resultOf(await run(["learn", path, "--pipeline", given, "--json"]));

    expect(serve).toMatchObject({
      model: "linear",
      chosen: true,
      changes: [{ from: "mean", to: "linear", set: "points" }],
    });
    expect(serve.changes[0]?.n).toBeLessThan(400);
    const { out } = await run(["learn", path, "--pipeline", given]);
    expect(out).toMatch(/linear would serve, chosen by its MAE\.[\s\S]*row \d+: linear instead of mean: its mae over/);
  });

  test("a model set for each value of a field: the scores of all of them together", async () => {
    const fields = [{ name: "place", type: "string" }];
    const rows = points(400).map((point, i) => JSON.stringify({ ...point, place: i % 2 === 0 ? "a" : "b" }));
    const given = pipeline({ fields, more: { modelPer: { field: "place", most: 2 } } });
    const path = file("a.ndjson", `${rows.join("\n")}\n${JSON.stringify({ x: 1, y: 2, place: "c" })}\n`);
    const result = resultOf(await run(["learn", path, "--pipeline", given, "--json"]));

    expect(result).toMatchObject({ learned: 400, sets: 2, refusedBy: { "too-many-models": 1 } });
    expect(result.models["linear"]?.metrics["mae"]).toBeGreaterThan(0);
  });
});

describe("what is written", () => {
  test("predictions, a line for each row in its order, late truths included", async () => {
    const path = join(folder, "out.ndjson");
    const rows = [...points(20), { x: 0.5 }];
    const source = file("a.ndjson", rows.map((row) => JSON.stringify(row)).join("\n"));
    for (const delay of [[], ["--delay", "5"]]) {
      const result = await learned(source, "--predictions", path, "--force", ...delay);
      const lines = readFileSync(path, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));

      expect(result).toMatchObject({ rows: 21, learned: 20, unlabelled: 1 });
      expect(lines.map(({ i }) => i)).toEqual(rows.map((_, i) => i));
      expect(lines[0]).toEqual({ i: 0, y: -2, linear: 0, mean: 0 });
      expect(lines[20]).toMatchObject({ y: null, linear: expect.any(Number) });
    }
  });

  test("predictions to standard output, and the tables to standard error", async () => {
    const { out, err } = await run(["learn", file("a.csv", csv(120)), "--pipeline", pipeline(), "--predictions", "-"]);

    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).i),
    ).toEqual(points(120).map((_, i) => i));
    expect(err).toContain("120 rows learned");
  });

  test("the curves as a picture, with the pipeline and the file as its title", async () => {
    const plot = join(folder, "out.svg");
    await learned(file("<&>.csv", csv(300)), "--plot", plot);

    const svg = readFileSync(plot, "utf8");
    expect(svg).toMatch(/<title id="title">points: .*&lt;&amp;&gt;\.csv<\/title>/);
    expect(svg.match(/<polyline points="[\d., ]+"/g)?.length).toBe(4);
  });

  test.each(["--predictions", "--plot"])("%s writes over nothing that is there, unless it is forced", async (flag) => {
    const [path, there] = [file("a.csv", csv(10)), file("there", "mine")];
    const args = ["learn", path, "--pipeline", pipeline(), "--json", flag, there];

    expect(await run(args)).toMatchObject({ code: 2, err: expect.stringContaining("add --force to overwrite it") });
    expect(readFileSync(there, "utf8")).toBe("mine");
    expect((await run([...args, "--force"])).code).toBe(0);
    expect(readFileSync(there, "utf8")).not.toBe("mine");
  });

  test("nothing where the run fails", async () => {
    const out = join(folder, "out.ndjson");
    const found = await run(["learn", file("a.csv", "x,z\n1,2\n"), "--pipeline", pipeline(), "--predictions", out]);

    expect([found.code, existsSync(out), existsSync(`${out}.part`)]).toEqual([1, false, false]);
  });

  test.each([
    [["--predictions", "-", "--json"], /both write to standard output/],
    [["--plot", "/none/there/out.svg"], /there is no folder \/none\/there/],
    [["--every", "0"], /--every: "0" is not a whole number of at least 1/],
    [["--delay", "soon"], /--delay: "soon" is not a delay/],
    [["--delay", "2h"], /counts from the event time, and the pipeline points has no event\.time/],
  ])("%j is refused before anything is read", async (args, message) => {
    const found = await run(["learn", file("a.csv", csv(10)), "--pipeline", pipeline(), ...args]);

    expect(found).toMatchObject({ code: 2, out: "", err: expect.stringMatching(message) });
  });

  test("a file is not written over itself, nor two over each other", async () => {
    const path = file("a.csv", csv(10));
    const args = ["learn", path, "--pipeline", pipeline(), "--force"];

    expect((await run([...args, "--plot", path])).err).toMatch(/is .*a\.csv itself/);
    expect((await run([...args, "--plot", join(folder, "b"), "--predictions", join(folder, "b")])).code).toBe(2);
    expect(readFileSync(path, "utf8")).toBe(csv(10));
  });
});

describe("rows that do not fit", () => {
  test("are counted by their reasons, the first are told with their lines, and the others are learned", async () => {
    const bad = [
      '{"x":"foo","y":1}',
      "{torn",
      '{"x":1,"y":2,"__proto__":3}',
      '{"x":1e999,"y":2}',
      "[1]",
      '{"x":1,"z":2}',
    ];
    const path = file("a.ndjson", `${ndjson(30)}${bad.join("\n")}\n\x1b[31m\n${ndjson(30)}`);
    const found = await run(["learn", path, "--pipeline", pipeline()]);

    expect(found.code).toBe(0);
    expect(found.out).toMatch(/^60 rows learned/m);
    expect(found.out).toContain("7 rows refused: 4 schema, 3 unreadable (the first 5 are shown above)");
    expect(found.err.match(/^refused: line \d+: (schema|unreadable): /gm)).toHaveLength(5);
    expect(found.err).toContain("refused: line 31: schema: the observation does not fit");
    expect(found.err + found.out).not.toContain("\x1b");
  });

  test("stop the run where it is the first row, with the cure", async () => {
    const found = await run(["learn", file("a.csv", "x,y,note\n1,2,hello\n"), "--pipeline", pipeline()]);

    expect(found).toMatchObject({ code: 1, out: "" });
    expect(found.err).toMatch(
      /nothing was learned, .*\n *data\.note is not a field of the schema\n--omit note leaves it out/,
    );
  });

  test("stop the run where none of the first thousand is taken", async () => {
    const path = file("a.csv", `x,y,note\n${"1,2,hello\n".repeat(5000)}`);
    const found = await run(["learn", path, "--pipeline", pipeline(), "--no-check"]);

    expect(found).toMatchObject({
      code: 1,
      err: expect.stringContaining("none of the first 1000 rows was taken (1000 schema)"),
    });
  });

  test("are passed over where they come first and --no-check says so", async () => {
    const result = await learned(file("a.ndjson", `{"x":"foo"}\n${ndjson(10)}`), "--no-check");

    expect(result).toMatchObject({ rows: 11, learned: 10, refusedBy: { schema: 1 } });
  });

  test("of a subject that an earlier row has are refused, as a running Wadi does", async () => {
    const given = pipeline({ fields: [{ name: "key", type: "string" }], event: { subject: "key" } });
    const rows = ["a", "b", "a"].map((key, i) => JSON.stringify({ x: i, y: i, key }));
    const path = file("a.ndjson", rows.join("\n"));

    for (const delay of [[], ["--delay", "1"]]) {
      const result = resultOf(await run(["learn", path, "--pipeline", given, "--json", ...delay]));
      expect(result).toMatchObject({
        learned: 2,
        refusedBy: { "subject-taken": 1 },
        firstRefused: [{ row: 3, line: 3 }],
      });
    }
  });

  test("numbers that a model cannot learn are skipped by it alone, and told", async () => {
    const rows = [...points(20), { x: 1e308, y: 1e308 }, { x: 1e308, y: -1e308 }, ...points(20)];
    const path = file("a.ndjson", rows.map((row) => JSON.stringify(row)).join("\n"));
    const result = await learned(path);

    expect(result.learned).toBe(42);
    expect(result.models["linear"]?.skipped).toBeGreaterThan(0);
    expect(result.models["mean"]?.skipped).toBe(0);
  });

  test("a file that is cut off in the middle of gzip: what was learned is told, and exit code 1", async () => {
    const bytes = gzipSync(csv(50_000));
    const path = file("a.csv.gz", bytes.subarray(0, bytes.length - 30));
    const found = await run(["learn", path, "--pipeline", pipeline(), "--json"]);

    expect(found.code).toBe(1);
    expect(found.err).toMatch(/gzip data is damaged or cut off/);
    expect(resultOf(found)).toMatchObject({ outcome: "failed", error: expect.stringMatching(/cut off/) });
  });

  test("a file without rows is no error, and is told", async () => {
    expect(await run(["learn", file("a.csv", "x,y\n"), "--pipeline", pipeline()])).toMatchObject({
      code: 0,
      out: expect.stringContaining("there was no row in it"),
    });
  });
});

describe("the time of a row", () => {
  const timed = (date: string) =>
    `x,y,at\n${points(5)
      .map(({ x, y }, i) => `${x},${y},${date} 0${i}:30`)
      .join("\n")}\n`;
  const given = () =>
    pipeline({
      fields: [{ name: "at", type: ["null", { type: "long", logicalType: "timestamp-millis" }], default: null }],
      event: { time: "at" },
    });

  test("is that of the pipeline, and without a zone it is UTC", async () => {
    const { models, learned } = resultOf(
      await run(["learn", file("a.csv", timed("2001/01/31")), "--pipeline", given(), "--json", "--delay", "90m"]),
    );

    expect(learned).toBe(5);
    // Each truth is known two rows later.
    const late = resultOf(
      await run(["learn", file("b.csv", csv(5)), "--pipeline", pipeline(), "--json", "--delay", "2"]),
    );
    expect(models["linear"]?.metrics["mae"]).toBeCloseTo(late.models["linear"]?.metrics["mae"] as number, 12);
  });

  test("that lacks is a reason to refuse the row only where truths come by it", async () => {
    const path = file("a.csv", csv(20));
    const at = async (...args: readonly string[]) =>
      resultOf(await run(["learn", path, "--pipeline", given(), "--json", ...args]));

    expect((await at()).learned).toBe(20);
    expect((await at("--delay", "3")).learned).toBe(20);
    expect((await at("--delay", "3h", "--no-check")).refusedBy).toEqual({ unreadable: 20 });
  });

  test("a delay past the label horizon is told", async () => {
    const found = await run(["learn", file("a.csv", timed("2001/01/31")), "--pipeline", given(), "--delay", "3h"]);

    expect(found.err).toContain(
      "The labelHorizon of points is 1 h 00 min: deployed, it may refuse labels that come later",
    );
  });
});
