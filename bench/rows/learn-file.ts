// `wadi learn` on a file of flights: rows a second of the whole process, its start included, beside Vowpal Wabbit with the same model
// class on the same rows. Wadi reads the CSV, checks each row and makes its features; Vowpal Wabbit gets them ready-made, in its own format.

import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFlights } from "../../functions/feed/flights.ts";
import { loadPipeline } from "../../functions/lib/pipeline/load.ts";
import { vowpalWabbit } from "../python-peer.ts";
import { assert, type Result, type Row, ratios } from "../row.ts";
import { ROOT, type Session, type Start } from "../session.ts";

const COPIES = 10;
/** Squared error beside the variance of the delays: a model that is no worse has learned something, or nothing at least. */
const NO_WORSE = 1.05;

/** The same loss and the same optimizer; their learning rates are not on one scale. */
const CLASSES = [
  { name: "SGD", optimizer: { sgd: { learningRate: 0.002 } }, wabbit: ["--sgd", "-l", "0.02"] },
  { name: "Adagrad", optimizer: { adagrad: { learningRate: 0.5 } }, wabbit: ["--adaptive"] },
] as const;

const SHIPPED = join(ROOT, "helm/pipelines/flights.yaml");

export const learnFile: Row = {
  name: "learn-file",
  title: "wadi learn, a file of flights",
  async run({ rounds, small, session, progress, note }) {
    const files = writeFiles(session, small ? 2000 : undefined, small ? 1 : COPIES);
    const { python, missing } = await vowpalWabbit();
    const withWabbit = missing === undefined;
    if (!withWabbit) note(`learn-file: Vowpal Wabbit cannot be had: ${missing}`);
    const shipped: number[] = [];
    const ours = CLASSES.map((): number[] => []);
    const theirs = CLASSES.map((): number[] => []);
    for (let i = 1; i <= rounds; i++) {
      progress(`round ${i} of ${rounds}`);
      shipped.push(await wadi(session, files, SHIPPED));
      for (const [at, { wabbit }] of CLASSES.entries()) {
        if (withWabbit) theirs[at]?.push(await wabbitRate(session, files, python, wabbit));
        ours[at]?.push(await wadi(session, files, files.pipelines[at] as string));
      }
    }
    const samples = (name: string, values: readonly number[]) => ({ name, unit: "rows/s", values });
    const results: Result[] = [
      { what: "wadi learn, flights as shipped (3 models)", ours: samples("wadi learn", shipped) },
    ];
    for (const [at, { name }] of CLASSES.entries()) {
      const [own, anchor] = [ours[at] ?? [], theirs[at] ?? []];
      results.push({
        what: `wadi learn, flights, linear, ${name}`,
        ours: samples("wadi learn", own),
        ...(withWabbit && { anchor: samples("Vowpal Wabbit", anchor), ratio: ratios(own, anchor) }),
      });
    }
    return results;
  },
};

interface Files {
  readonly csv: string;
  /** As Vowpal Wabbit reads it. */
  readonly wabbit: string;
  /** One for each of CLASSES. */
  readonly pipelines: readonly string[];
  readonly rows: number;
  /** Of the delays. */
  readonly variance: number;
}

function writeFiles(session: Session, most: number | undefined, copies: number): Files {
  const folder = session.folder();
  const flights = readFlights().slice(0, most);
  const delays: number[] = [];
  const csv: string[] = [];
  const wabbit: string[] = [];
  const { decodeJson, extract } = loadPipeline(SHIPPED);
  for (const { observation, label } of flights) {
    const { delay } = (label as NonNullable<typeof label>).event.data as { delay: number };
    const data = observation.data as Readonly<Record<string, string | number>>;
    const columns = ["date", "distance", "origin", "destination"].map((column) => data[column]);
    csv.push(`${[...columns, delay].join(",")}\n`);
    const features = Object.entries(extract(decodeJson(data).record));
    // In thousands of miles, since no scaler stands before it there.
    const words = features.map(([name, x]) => `${name}:${name === "distance" ? Number(x) / 1000 : x}`);
    wabbit.push(`${delay} | ${words.join(" ")}\n`);
    delays.push(delay);
  }
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  const files = { csv: join(folder, "flights.csv"), wabbit: join(folder, "flights.vw") };
  writeFileSync(files.csv, `date,distance,origin,destination,delay\n${csv.join("").repeat(copies)}`);
  writeFileSync(files.wabbit, wabbit.join("").repeat(copies));
  return {
    ...files,
    pipelines: CLASSES.map(({ name, optimizer }) => writePipeline(join(folder, `${name}.yaml`), optimizer)),
    rows: copies * flights.length,
    variance: delays.reduce((sum, delay) => sum + (delay - mean) ** 2, 0) / delays.length,
  };
}

/** The shipped pipeline with one model and one score. */
function writePipeline(path: string, optimizer: object): string {
  const text = readFileSync(SHIPPED, "utf8");
  const models = { linear: [{ "standard-scaler": { only: "numbers" } }, { "linear-regression": { optimizer } }] };
  const rest = `models: ${JSON.stringify(models)}\nserve: linear\nmetrics: [mse]\n`;
  writeFileSync(path, `${text.slice(0, text.indexOf("\nmodels:"))}\n${rest}`);
  return path;
}

/** Rows a second. */
async function wadi(session: Session, { csv, rows, variance }: Files, pipeline: string): Promise<number> {
  const args = ["learn", csv, "--pipeline", pipeline, "--json"];
  const { seconds, found } = await timed(session, join(ROOT, "wadi"), args, /^\{.*$/, { env: { NO_COLOR: "1" } });
  const { learned, models } = JSON.parse(found[0]) as {
    learned: number;
    models: Readonly<Record<string, { metrics: Readonly<Record<string, number>> }>>;
  };
  const { mse, rmse = Math.sqrt(mse ?? Number.NaN) } = models["linear"]?.metrics ?? {};
  assert(learned === rows, `wadi learn has learned ${learned} of ${rows} rows`);
  assert(
    rmse ** 2 < NO_WORSE * variance,
    `wadi learn has learned badly: ${rmse ** 2}, and the variance is ${variance}`,
  );
  return rows / seconds;
}

/** Rows a second. */
async function wabbitRate(session: Session, files: Files, python: string, options: readonly string[]): Promise<number> {
  const args = ["-m", "vowpalwabbit", "-d", files.wabbit, "--no_stdin", ...options];
  const loss = /^average loss = ([\d.]+)/;
  const { seconds, found } = await timed(session, python, args, loss, { read: "stderr" });
  const squared = Number(found[1]);
  assert(squared < NO_WORSE * files.variance, `Vowpal Wabbit has learned badly: ${squared}, not ${files.variance}`);
  return files.rows / seconds;
}

/** From the start of the process to its end. */
async function timed(
  session: Session,
  command: string,
  args: readonly string[],
  pattern: RegExp,
  start: Start,
): Promise<{ readonly seconds: number; readonly found: RegExpExecArray }> {
  const begun = performance.now();
  const running = session.start(command, args, start);
  const ended = once(running.child, "exit").then(() => performance.now());
  const found = await running.find(pattern);
  return { found, seconds: ((await ended) - begun) / 1000 };
}
