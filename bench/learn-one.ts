// One measurement of learnOne, in a process of its own so that nothing else has warmed or spoilt the compiled code.
//
//   node learn-one.ts write <file> <features> <examples>    makes the examples
//   node learn-one.ts learn <file>                          learns them, pass by pass, and reports the median pass's CPU time

import { readFileSync, writeFileSync } from "node:fs";
import { createModel } from "../functions/lib/learners/chain.ts";
import { toVector } from "../functions/lib/learners/vector.ts";
import { assert, median } from "./row.ts";

/** The first ones compile, beside the loop, and do not count. */
const WARM = 12;
/** As long as River takes for one, about: a shared processor is slower for some tens of milliseconds, now and then. */
const PASSES = 41;
/** Of noise around the sum there is 1; the linear model is to be about as good. With more features it comes there later. */
const GOOD = 1.5;
const [task, file = "", features = "8", examples = "0"] = process.argv.slice(2);

interface Example {
  readonly x: Readonly<Record<string, number>>;
  readonly y: number;
}

/** Normal around 3 with a spread of 2; the truth is their sum and noise. The same at every run. */
function write(count: number): void {
  let seed = 8;
  const uniform = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (seed + 0.5) / 2_147_483_648;
  };
  const gauss = (mean: number, spread: number) =>
    mean + spread * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const made = Array.from({ length: count }, (): Example => {
    const x = Object.fromEntries(Array.from({ length: Number(features) }, (_, i) => [`f${i}`, gauss(3, 2)]));
    return { x, y: Object.values(x).reduce((sum, value) => sum + value, gauss(0, 1)) };
  });
  writeFileSync(file, JSON.stringify(made));
  process.stdout.write("{}\n");
}

/** Every pass learns the same examples with a new model. */
function learn(): void {
  const rows = (JSON.parse(readFileSync(file, "utf8")) as Example[]).map(({ x, y }) => ({
    x: toVector(x),
    y,
  }));
  const model = createModel(["standard-scaler", "linear-regression"], { isIndicator: () => false });
  const learned: number[] = [];
  const predicted: number[] = [];
  let open = model.open(model.init());
  for (let pass = 0; pass < WARM + PASSES; pass++) {
    open = model.open(model.init());
    const begin = cpuMicroseconds();
    for (const { x, y } of rows) open.learnOne(x, y);
    const between = cpuMicroseconds();
    for (const { x } of rows) open.predictOne(x);
    const end = cpuMicroseconds();
    if (pass < WARM) continue;
    learned.push((between - begin) / rows.length);
    predicted.push((end - between) / rows.length);
  }
  const errors = rows.map(({ x, y }) => (open.predictOne(x) as number) - y);
  const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / rows.length);
  assert(rmse < GOOD, `the model has learned badly: its root mean squared error is ${rmse}`);
  const prediction = open.predictOne((rows[0] as (typeof rows)[0]).x);
  process.stdout.write(`${JSON.stringify({ learn: median(learned), predict: median(predicted), prediction })}\n`);
}

/** Of this process, all threads together. */
function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

if (task === "write") write(Number(examples));
else learn();
