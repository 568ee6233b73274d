// learnOne and predictOne of each learner beside River's on the very same examples, and what its state weighs.

import { join } from "node:path";
import type { Peer } from "../../functions/lib/python.contract.ts";
import { LEARNER_CASES, type LearnerCase } from "../learner-cases.ts";
import { findMoa, type Moa, type MoaLearner, moaTimes } from "../moa.ts";
import { river } from "../python-peer.ts";
import { assert, type Context, type Result, type Row } from "../row.ts";
import type { Session } from "../session.ts";

const FEATURES = [8, 64];
const STATE_FEATURES = [10, 100, 1000];

type Prediction = number | Readonly<Record<string, number>>;

interface Spent {
  /** Of one example, microseconds of CPU. */
  readonly learn: number;
  readonly predict: number;
}

interface Times extends Spent {
  /** What the model then says of the first example. */
  readonly prediction: Prediction;
}

interface Weight {
  readonly bytes: number;
  /** Microseconds. */
  readonly write: number;
  readonly read: number;
}

interface Peers {
  readonly river: Peer;
  readonly moa: Moa;
}

/** Those that MOA has as well, with the same defaults. */
const OF_MOA: ReadonlyMap<string, MoaLearner> = new Map([["hoeffding-tree-classifier", "hoeffding-tree"]]);

const here = (path: string) => join(import.meta.dirname, "..", path);
const ours = here("learners.ts");

export const learners: Row = {
  name: "learners",
  title: "learnOne and predictOne of each learner, 8 and 64 features, and the bytes of its state",
  async run(context) {
    const peers = { river: await river(), moa: await findMoa() };
    for (const { missing } of [peers.river, peers.moa])
      if (missing !== undefined) context.note(`learners: an anchor cannot be had: ${missing}`);
    const results: Result[] = [];
    for (const one of context.small ? LEARNER_CASES.slice(0, 1) : LEARNER_CASES) {
      for (const features of context.small ? [8] : FEATURES)
        results.push(...(await times(one, features, peers, context)));
      for (const features of context.small ? [10] : STATE_FEATURES) results.push(await weigh(one, features, context));
    }
    return results;
  },
};

async function times(one: LearnerCase, features: number, peers: Peers, context: Context): Promise<readonly Result[]> {
  const { rounds, small, session, progress } = context;
  const file = join(session.folder(), "examples.json");
  const examples = small ? 500 : (features > 8 ? 3000 : 10_000) / (one.fewer ?? 1);
  await report(session, process.execPath, [ours, "write", file, one.name, String(features), String(examples)]);
  const mine: Times[] = [];
  const rivers: Times[] = [];
  const moas: Spent[] = [];
  for (let i = 1; i <= rounds; i++) {
    progress(`${one.name}, ${features} features, round ${i} of ${rounds}`);
    const own = await report<Times>(session, process.execPath, [ours, "time", file, one.name]);
    mine.push(own);
    const known = OF_MOA.get(one.name);
    if (known !== undefined && peers.moa.missing === undefined)
      moas.push(await moaTimes(session, peers.moa, file, known));
    if (peers.river.missing !== undefined) continue;
    const other = await report<Times>(session, peers.river.python, [here("learners.py"), file, one.name]);
    rivers.push(other);
    checkAlike(one, own.prediction, other.prediction);
  }
  return (["learn", "predict"] as const).flatMap((verb): Result[] => {
    const what = `${verb}One, ${one.name}, ${features} features`;
    const own = { name: what, unit: "µs CPU", values: mine.map((time) => time[verb]) };
    const beside = (name: string, theirs: readonly Spent[]): Result => {
      const values = theirs.map((time) => time[verb]);
      const ratio = values.map((value, i) => value / (own.values[i] as number));
      return { what, anchor: { name, unit: "µs CPU", values }, ours: own, ratio };
    };
    const bar = one.atLeast !== undefined && { bar: { of: "ratio" as const, atLeast: one.atLeast } };
    const river = rivers.length === 0 ? { what, ours: own } : { ...beside("River", rivers), ...bar };
    return [river, ...(moas.length === 0 ? [] : [beside("MOA", moas)])];
  });
}

/** What says something else has no speed. */
function checkAlike({ name, tolerance }: LearnerCase, own: Prediction, river: Prediction): void {
  const pairs: readonly (readonly [number, number])[] =
    typeof own === "object" && typeof river === "object"
      ? Object.entries(river).map(([label, share]) => [own[label] ?? 0, share] as const)
      : [[own as number, river as number]];
  for (const [mine, theirs] of pairs) {
    const apart = Math.abs(mine - theirs);
    assert(apart <= tolerance * Math.max(1, Math.abs(theirs)), `${name}: River predicts ${theirs}, we ${mine}`);
  }
}

async function weigh(one: LearnerCase, features: number, { session, small, note }: Context): Promise<Result> {
  const file = join(session.folder(), "examples.json");
  const examples = String(small ? 200 : 1000);
  await report(session, process.execPath, [ours, "write", file, one.name, String(features), examples]);
  const { bytes, write, read } = await report<Weight>(session, process.execPath, [ours, "state", file, one.name]);
  const what = `state, ${one.name}, ${features} features`;
  note(`${what}: ${Math.round(write)} µs to write, ${Math.round(read)} µs to read`);
  return { what, ours: { name: what, unit: "B", values: [bytes] } };
}

async function report<T>(session: Session, command: string, args: readonly string[]): Promise<T> {
  const [text] = await session.start(command, args).find(/^\{.*$/);
  return JSON.parse(text) as T;
}
