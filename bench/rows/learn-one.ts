// learnOne of scaler + linear regression on 8 and on 32 features, CPU of an example: by itself, and beside others who learn the very
// same examples.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LearnerExample } from "../learner-cases.ts";
import { findMoa, moaTimes } from "../moa.ts";
import { river, vowpalWabbit } from "../python-peer.ts";
import { assert, type Bar, type Context, type Result, type Row, type Samples } from "../row.ts";
import type { Session } from "../session.ts";

interface Report {
  /** Microseconds of CPU an example, in the median pass of this process. */
  readonly learn: number;
  /** What the model then says of one example. */
  readonly prediction: number;
}

interface Own extends Report {
  /** Microseconds of CPU. */
  readonly predict: number;
}

const FEATURES = [8, 32];
const UNIT = "µs CPU";
/** Of noise around the sum there is 1; whoever learns it is to be about as good. Its first examples are in the score of Vowpal Wabbit. */
const GOOD = 1.5;

const here = (path: string) => join(import.meta.dirname, "..", path);

export const learnOne: Row = {
  name: "learn-one",
  title: "learnOne, scaler + linear regression, 8 and 32 features",
  async run(context) {
    const peers = { river: await river(), wabbit: await vowpalWabbit(), moa: await findMoa() };
    for (const [name, { missing }] of Object.entries(peers)) {
      if (missing !== undefined) context.note(`learn-one: ${NAMES[name as keyof Peers]} cannot be had: ${missing}`);
    }
    context.note(
      "learn-one: Vowpal Wabbit reads its own cache, predicts and learns by plain SGD, with no scaler; MOA has one, and its compiler's and " +
        "collector's threads are left out",
    );
    const results: Result[] = [];
    for (const features of FEATURES) results.push(...(await compare(context, features, peers)));
    return results;
  },
};

interface Peers {
  readonly river: Awaited<ReturnType<typeof river>>;
  readonly wabbit: Awaited<ReturnType<typeof vowpalWabbit>>;
  readonly moa: Awaited<ReturnType<typeof findMoa>>;
}

const NAMES = { river: "River", wabbit: "Vowpal Wabbit", moa: "MOA" } as const;

async function compare(context: Context, features: number, peers: Peers): Promise<readonly Result[]> {
  const { rounds, small, session, progress } = context;
  const file = join(session.folder(), "examples.json");
  const examples = small ? 2000 : 20_000;
  const program = here("learn-one.ts");
  await report(session, process.execPath, [program, "write", file, String(features), String(examples)]);
  const times = {
    own: [] as number[],
    both: [] as number[],
    river: [] as number[],
    wabbit: [] as number[],
    moa: [] as number[],
  };
  writeWabbit(file);
  for (let i = 1; i <= rounds; i++) {
    progress(`${features} features, round ${i} of ${rounds}`);
    const own = await report<Own>(session, process.execPath, [program, "learn", file]);
    times.own.push(own.learn);
    times.both.push(own.learn + own.predict);
    if (peers.river.missing === undefined) {
      const theirs = await report<Report>(session, peers.river.python, [here("learn-one.py"), file]);
      times.river.push(theirs.learn);
      checkAlike(own.prediction, theirs.prediction);
    }
    if (peers.wabbit.missing === undefined) times.wabbit.push(await wabbitTime(session, peers, file, examples));
    if (peers.moa.missing === undefined) {
      const { learn, score } = await moaTimes(session, peers.moa, file, "linear");
      assert(score < GOOD, `MOA has learned badly: its root mean squared error is ${score}`);
      times.moa.push(learn);
    }
  }
  return results(features, times);
}

function checkAlike(own: number, theirs: number): void {
  const apart = Math.abs(own - theirs);
  assert(apart < 1e-9 * Math.max(1, Math.abs(theirs)), `River predicts ${theirs}, we ${own}`);
}

/** The examples of `file`, as Vowpal Wabbit reads them. */
function writeWabbit(file: string): void {
  const examples = JSON.parse(readFileSync(file, "utf8")) as readonly LearnerExample[];
  const words = (x: LearnerExample["x"]) => Object.entries(x).map(([name, value]) => `${name}:${value}`);
  writeFileSync(`${file}.vw`, examples.map(({ x, y }) => `${y} | ${words(x).join(" ")}\n`).join(""));
}

async function wabbitTime(session: Session, { wabbit }: Peers, file: string, examples: number): Promise<number> {
  const args = [here("anchors/vowpal_wabbit.py"), `${file}.vw`, `${file}.cache`, String(examples)];
  const told = await report<{ microseconds: number; loss: number }>(session, wabbit.python, args);
  assert(told.loss < GOOD ** 2, `Vowpal Wabbit has learned badly: its mean squared error is ${told.loss}`);
  return told.microseconds;
}

function results(features: number, times: Readonly<Record<"own" | "both" | keyof Peers, readonly number[]>>): Result[] {
  const what = `learnOne, scaler + linear, ${features} features`;
  const samples = (name: string, values: readonly number[]): Samples => ({ name, unit: UNIT, values });
  const ours = samples("learnOne", times.own);
  const alone: Result = { what, ours, ...(features === 8 && { bar: { of: "ours", atMost: 1 } }) };
  const beside = (peer: keyof Peers, ratio: (own: number, theirs: number) => number, bar?: Bar): Result[] => {
    const values = times[peer];
    if (values.length === 0) return [];
    const pairs = values.map((value, i) => ratio(times.own[i] as number, value));
    return [{ what, anchor: samples(NAMES[peer], values), ours, ratio: pairs, ...(bar && { bar }) }];
  };
  const both: Result = {
    what: `predictOne and learnOne, ${features} features`,
    anchor: samples(NAMES.wabbit, times.wabbit),
    ours: samples("both", times.both),
    ratio: times.wabbit.map((value, i) => (times.both[i] as number) / value),
  };
  return [
    alone,
    ...beside("wabbit", (own, theirs) => own / theirs, { of: "ratio", atMost: 0.5 }),
    ...beside("river", (own, theirs) => theirs / own, { of: "ratio", atLeast: 25 }),
    ...beside("moa", (own, theirs) => theirs / own),
    ...(times.wabbit.length === 0 ? [] : [both]),
  ];
}

async function report<T>(session: Session, command: string, args: readonly string[]): Promise<T> {
  const [text] = await session.start(command, args).find(/^\{.*$/);
  return JSON.parse(text) as T;
}
