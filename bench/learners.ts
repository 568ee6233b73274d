// One measurement of a learner, in a process of its own so that nothing else has warmed or spoilt the compiled code.
//
//   node learners.ts write <file> <learner> <features> <examples>    makes the examples
//   node learners.ts time <file> <learner>                           median CPU times of learnOne and predictOne
//   node learners.ts state <file> <learner>                          bytes of the state, and the times to write and to read it

import { readFileSync, writeFileSync } from "node:fs";
import { createModel, type OpenModel } from "../functions/lib/learners/chain.ts";
import { toVector } from "../functions/lib/learners/vector.ts";
import { LEARNER_CASES, type LearnerExample, learnerExamples } from "./learner-cases.ts";
import { assert, median } from "./row.ts";

/** The first ones compile and do not count. */
const WARM = 3;
const PASSES = 5;
const [task, file = "", name = "", features = "8", examples = "0"] = process.argv.slice(2);

const found = LEARNER_CASES.find((one) => one.name === name);
assert(found !== undefined, `there is no learner ${name}`);
const model = createModel(found.chain, { isIndicator: () => false });

const rows = () =>
  (JSON.parse(readFileSync(file, "utf8")) as LearnerExample[]).map(({ x, y }) => ({
    x: toVector(x),
    y,
  }));

/** Every pass learns the same examples with a new model. */
function time() {
  const learned = rows();
  const learn: number[] = [];
  const predict: number[] = [];
  let open: OpenModel = model.open(model.init());
  for (let pass = 0; pass < WARM + PASSES; pass++) {
    open = model.open(model.init());
    const start = cpuMilliseconds();
    for (const { x, y } of learned) open.learnOne(x, y);
    const between = cpuMilliseconds();
    for (const { x } of learned) open.predictOne(x);
    const end = cpuMilliseconds();
    if (pass < WARM) continue;
    learn.push(((between - start) / learned.length) * 1000);
    predict.push(((end - between) / learned.length) * 1000);
  }
  const prediction = open.predictOne((learned[0] as (typeof learned)[0]).x);
  return { learn: median(learn), predict: median(predict), prediction };
}

/** Of this process, all threads together. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function state() {
  const open = model.open(model.init());
  for (const { x, y } of rows()) open.learnOne(x, y);
  const write: number[] = [];
  const read: number[] = [];
  let text = "";
  for (let pass = 0; pass < WARM + PASSES; pass++) {
    const start = performance.now();
    text = JSON.stringify(open.close());
    const between = performance.now();
    model.open(JSON.parse(text));
    const end = performance.now();
    if (pass < WARM) continue;
    write.push((between - start) * 1000);
    read.push((end - between) * 1000);
  }
  return { bytes: Buffer.byteLength(text), write: median(write), read: median(read) };
}

if (task === "write")
  writeFileSync(file, JSON.stringify(learnerExamples(found.task, Number(features), Number(examples))));
process.stdout.write(`${JSON.stringify(task === "write" ? {} : task === "time" ? time() : state())}\n`);
