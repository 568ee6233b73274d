// River's numbers by `wadi learn`: each case whose model a pipeline file can name, from the file of its rows to the metrics and
// predictions; the cases of one file learn side by side. Late truths, too: River's `delay`.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Prediction } from "../../lib/events/vocabulary.ts";
import type { Part } from "../../lib/learners/learner.ts";
import { near, nearPrediction } from "../../lib/learners/river-numbers.contract.ts";
import type { MetricSpec, Task } from "../../lib/learners/task.ts";
import { TEMPORARY } from "../../lib/temporary.contract.ts";
import { run } from "../program-under-test.contract.ts";
import type { LearnResult } from "./result.ts";

const fixtures = join(import.meta.dirname, "../../lib/learners/fixtures");
const folder = mkdtempSync(join(TEMPORARY, "wadi-learn-oracle-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Golden {
  readonly name: string;
  readonly kind: string;
  readonly dataset: {
    readonly file: string;
    readonly target?: string;
    readonly truth?: string;
    readonly task?: Task;
    readonly rows?: number;
    readonly features?: readonly { readonly from: string; readonly as: string }[];
  };
  readonly model: readonly Part[];
  readonly tolerance?: number;
  readonly n: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly checkpoints: readonly { readonly i: number; readonly prediction?: Prediction }[];
  readonly results: readonly { readonly delay: number | "per-row"; readonly mae: number }[];
}

const goldens = readdirSync(fixtures)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(join(fixtures, file), "utf8")) as Golden);

const METRICS: Readonly<Record<Task, readonly MetricSpec[]>> = {
  regression: ["mae", "mse", "rmse", "r2", { rolling: "mae", over: 100 }],
  binary: ["accuracy", "f1", "precision", "recall", "log_loss", "roc_auc"],
  multiclass: ["accuracy", "macro_f1", "cross_entropy"],
  anomaly: ["roc_auc"],
};

const TARGET_TYPES: Readonly<Record<Task, unknown>> = {
  regression: ["null", "double"],
  binary: ["null", "int"],
  multiclass: ["null", "string"],
  anomaly: ["null", "int"],
};

/** A pipeline file whose features and models are written as the goldens' are; columns without a feature are fields all the same. */
function pipelineFile(name: string, cases: readonly Golden[]): string {
  const [{ dataset }] = cases as [Golden];
  const { task = "regression", features } = dataset;
  const target = dataset.target ?? dataset.truth ?? "";
  const [head = ""] = readFileSync(join(fixtures, dataset.file), "utf8").split("\n");
  const columns = head.trim().split(",");
  const typeOf = (column: string) => {
    if (column === target) return TARGET_TYPES[task];
    if (column === "date") return { type: "long", logicalType: "timestamp-millis" };
    return column === "origin" || column === "destination" ? "string" : ["null", "double"];
  };
  const fields = columns.map((column) => {
    const type = typeOf(column);
    return { name: column, type, ...(Array.isArray(type) && { default: null }) };
  });
  const numbers = columns.filter((column) => column !== target).map((from) => ({ from, as: "number" }));
  const text = JSON.stringify({
    name,
    event: {
      schemas: { 1: { type: "record", name: "Row", fields } },
      ...(columns.includes("date") && { time: "date" }),
    },
    target: { field: target, task, ...(task === "binary" && { positive: 1 }) },
    features: features ?? numbers,
    labelHorizon: "7d",
    models: Object.fromEntries(cases.map((golden) => [golden.name, golden.model])),
    serve: cases[0]?.name,
    metrics: METRICS[task],
  });
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, text);
  return file;
}

async function learn(...args: readonly string[]): Promise<LearnResult> {
  const { code, out, err } = await run(["learn", ...args, "--json"]);
  expect(code, err).toBe(0);
  return JSON.parse(out) as LearnResult;
}

/** A pipeline file is refused that scales indicators to nothing. */
const REFUSED = "flights-lr";
const MOST_MODELS = 16;

const cases = goldens.filter(({ kind, name }) => kind === "prequential" && name !== REFUSED);
const byRows = Map.groupBy(cases, ({ dataset }) => JSON.stringify(dataset));
const shares = [...byRows.values()].flatMap((all) =>
  Array.from({ length: Math.ceil(all.length / MOST_MODELS) }, (_, i) =>
    all.slice(i * MOST_MODELS, (i + 1) * MOST_MODELS),
  ),
);
const groups = shares.map((cases, i) => [cases.map(({ name }) => name).join(", "), cases, i] as const);

test("there are cases of each task", () => {
  const tasks = new Set(groups.map(([, cases]) => cases[0]?.dataset.task));
  expect([...tasks].sort()).toEqual(["binary", "multiclass", "regression"]);
});

test("the one case that is left out has no pipeline file", async () => {
  const refused = goldens.filter(({ name }) => name === REFUSED);
  const file = pipelineFile("refused", refused);

  expect((await run(["learn", join(fixtures, "flights.csv"), "--pipeline", file])).err).toMatch(
    /to nothing.*only: numbers/,
  );
});

describe("predictions and metrics of a file are River's", () => {
  test.each(groups)("%s", { timeout: 120_000 }, async (_names, cases, i) => {
    const [{ dataset, n }] = cases as unknown as [Golden];
    const predictions = join(folder, `${i}.ndjson`);
    const args = [join(fixtures, dataset.file), "--pipeline", pipelineFile(`group-${i}`, cases)];
    const result = await learn(...args, "--predictions", predictions, "--limit", String(dataset.rows ?? n));

    expect(result).toMatchObject({ learned: n, refused: 0, unlabelled: 0 });
    const lines = readFileSync(predictions, "utf8").trim().split("\n");
    const rows = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(rows.map(({ i: row }) => row)).toEqual(rows.map((_, row) => row));
    for (const { name, metrics, checkpoints, tolerance } of cases) {
      const ours = result.models[name]?.metrics ?? {};
      expect(Object.keys(ours)).toEqual(Object.keys(metrics));
      for (const [metric, value] of Object.entries(metrics)) near(ours[metric], value, `${name}: ${metric}`, tolerance);
      for (const { i: row, prediction } of checkpoints) {
        if (prediction !== undefined) nearPrediction(rows[row]?.[name], prediction, `${name}: row ${row}`, tolerance);
      }
    }
  });
});

describe("a truth that comes later is scored on what was said before, as River's delay does", () => {
  const golden = (name: string) => goldens.find((one) => one.name === name) as Golden;
  const trump = golden("trump-delayed");
  const flights = golden("flights-delayed");

  test.each(trump.results)("TrumpApproval, $delay rows later", async ({ delay, mae }) => {
    const file = pipelineFile("trump-delayed", [trump]);
    const result = await learn(join(fixtures, trump.dataset.file), "--pipeline", file, "--delay", String(delay));

    expect(result.learned).toBe(trump.n);
    near(result.models["trump-delayed"]?.metrics["mae"], mae, "mae");
  });

  test.each(flights.results.filter(({ delay }) => delay !== "per-row"))(
    "flights, $delay minutes later",
    async (late) => {
      const file = pipelineFile("flights-delayed", [flights]);
      const csv = join(fixtures, flights.dataset.file);
      const limit = ["--limit", String(flights.n)];
      const result = await learn(csv, "--pipeline", file, "--delay", `${late.delay}m`, ...limit);

      expect(result.learned).toBe(flights.n);
      near(result.models["flights-delayed"]?.metrics["mae"], late.mae, "mae");
    },
  );

  test("flights, each at a time of its own, so that labels overtake each other", async () => {
    const rows = readFileSync(join(fixtures, flights.dataset.file), "utf8")
      .trim()
      .split("\n")
      .slice(0, flights.n + 1);
    const timed = rows.map((row, i) => {
      const [date = "", distance, , , delay] = row.split(",");
      const minutes = Math.max(0, Math.floor(Number(distance) / 8) + Number(delay));
      return `${row},${i === 0 ? "arrived" : new Date(Date.parse(date) + 60_000 * minutes).toISOString()}`;
    });
    const csv = join(folder, "arrived.csv");
    writeFileSync(csv, `${timed.join("\n")}\n`);

    const result = await learn(
      csv,
      "--pipeline",
      pipelineFile("flights-delayed", [flights]),
      "--delay",
      "column:arrived",
    );

    const [{ mae = Number.NaN } = {}] = flights.results.filter(({ delay }) => delay === "per-row");
    expect(result.learned).toBe(flights.n);
    near(result.models["flights-delayed"]?.metrics["mae"], mae, "mae");
  });
});
