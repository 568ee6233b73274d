// Progressive validation: each observation is predicted, then that prediction is scored, then it is learned. A truth that comes
// later is scored on the prediction of its observation, as River's `evaluate.progressive_val_score` does with `delay`:
//
//   P1  A label that is due at t is learned before the question at t.
//   P2  Labels come in order of their due times; if these are equal, in order of their observations.
//   P3  At the end of the rows all labels that are still waiting are learned.

import { createDueQueue } from "../../feed/due-queue.ts";
import { labelsError } from "../../learn/committer.ts";
import { RejectedError } from "../../lib/errors.ts";
import type { ChampionChange, Prediction, Served, Target } from "../../lib/events/vocabulary.ts";
import type { LearnedGroup, OpenModelSet } from "../../lib/learners/model-set-state.ts";
import type { TaskType } from "../../lib/learners/task.ts";
import type { Observed, Refused } from "./examples.ts";
import type { OpenSets } from "./model-sets.ts";

export type Predictions = Readonly<Record<string, Prediction>>;

/** Told as it goes. */
export interface TrialHooks {
  /** Each row once, in order: its truth, if it is known, and what each model said before it learned the row. */
  predicted(row: Observed, predictions: Predictions): void;
  /** Each row that is learned once, with its truth, if it is known. */
  scored(y: Target | undefined, predictions: Predictions): void;
  refused(row: Refused): void;
  /** By model: examples that it skipped to stay finite, and those with a name that found no room in its state. */
  missed(skipped: Readonly<Record<string, number>>, leftOut: Readonly<Record<string, number>>): void;
  /** So many rows are learned by now; told after each group. */
  learned(n: number): void;
  /** Another model serves. `n`: rows that were learned in the set by then. */
  changed(change: ChampionChange, set: string, n: number): void;
}

export interface Trial {
  /** Rows learned so far. */
  readonly learned: number;
  take(row: Observed): Promise<void> | void;
  /** Learns what was taken and is due. */
  flush(): Promise<void>;
  /** Learns all labels that are still waiting. */
  end(): Promise<void>;
}

/** Rows that are learned together; what comes of them is the same as one by one, and quicker. */
const GROUP = 256;
const GENERATION = "1";

interface Waiting {
  readonly row: Observed;
  readonly y: Target | undefined;
  /** What it is scored on; undefined: what the models say when it is its turn. */
  readonly predictions?: Predictions;
}

/**
 * @param learns what is learned: rows with a label, or every row as it comes.
 * @param rowsToStop how many more rows are learned until `learned` must be told: there a group ends.
 */
export function createTrial(
  sets: OpenSets,
  learns: TaskType["learns"],
  hooks: TrialHooks,
  rowsToStop: (learned: number) => number,
): Trial {
  const queue = createDueQueue<Waiting>();
  let group: Waiting[] = [];
  let limit = Math.min(GROUP, rowsToStop(0));
  let learned = 0;

  const trial: Trial = {
    get learned() {
      return learned;
    },
    take(row) {
      const asked = row.y === undefined && learns === "labels";
      if (asked || row.due !== undefined || queue.due() <= row.at) return ask(row);
      group.push({ row, y: row.y });
      return group.length >= limit ? flush() : undefined;
    },
    flush,
    async end() {
      await labelsDue(Number.POSITIVE_INFINITY);
      await flush();
    },
  };
  return trial;

  async function labelsDue(at: number): Promise<void> {
    while (queue.due() <= at && queue.due() < Number.POSITIVE_INFINITY) {
      group.push(queue.take());
      if (group.length >= limit) await flush();
    }
  }

  /** A row whose truth comes later, or never. */
  async function ask(row: Observed): Promise<void> {
    await labelsDue(row.at);
    const { y, due } = row;
    if (y !== undefined && due === undefined) {
      group.push({ row, y });
      return group.length >= limit ? flush() : undefined;
    }
    await flush();
    const set = await opened(row);
    if (set === undefined) return;
    const predictions = set.predict(row.x);
    hooks.predicted(row, predictions);
    if (y !== undefined && due !== undefined) queue.put(due, { row, y, predictions });
  }

  /** Undefined where it is one set too many. */
  async function opened(row: Observed): Promise<OpenModelSet | undefined> {
    try {
      return await sets.open(row.set);
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      refuse(row, error);
      return undefined;
    }
  }

  function refuse({ i, line }: Observed, { code, message }: RejectedError): void {
    hooks.refused({ i, ...(line !== undefined && { line }), reason: code, why: message });
  }

  async function flush(): Promise<void> {
    const taken = group;
    group = [];
    const bySet = new Map<string, Waiting[]>();
    for (const one of taken) {
      const known = bySet.get(one.row.set);
      if (known === undefined) bySet.set(one.row.set, [one]);
      else known.push(one);
    }
    const told = new Map<Waiting, Predictions>();
    for (const [name, examples] of bySet) {
      const set = await opened((examples[0] as Waiting).row);
      if (set !== undefined) learn(set, name, examples, told);
      else for (const { row } of examples.slice(1)) await opened(row);
    }
    // In the order of the rows, whatever their sets.
    for (const one of taken) {
      const predictions = told.get(one);
      if (predictions === undefined) continue;
      if (one.predictions === undefined) hooks.predicted(one.row, predictions);
      hooks.scored(one.y, predictions);
    }
    learned += told.size;
    hooks.learned(learned);
    limit = Math.max(1, Math.min(GROUP, rowsToStop(learned)));
  }

  function learn(set: OpenModelSet, name: string, examples: readonly Waiting[], told: Map<Waiting, Predictions>): void {
    const labelled = examples.map((one) => {
      return { x: one.row.x, one, ...(one.y !== undefined && { y: one.y }), ...servedOf(one) };
    });
    const past = set.pastLabels(labelled);
    for (const { one, y } of past) refuse(one.row, labelsError(name, String(y)));
    const good = past.length === 0 ? labelled : labelled.filter((example) => !past.includes(example));
    const before = set.count;
    const { scoredOn, skipped, leftOut, champion, championAt = 0 } = set.learn(good, GENERATION);
    hooks.missed(skipped, leftOut);
    if (champion !== undefined) hooks.changed(champion, name, before + championAt + 1);
    for (let i = 0; i < good.length; i++) {
      const { one } = good[i] as (typeof good)[number];
      told.set(one, one.predictions ?? predictionsOf(scoredOn[i]));
    }
  }
}

function predictionsOf(scored: LearnedGroup["scoredOn"][number] = new Map()): Predictions {
  return Object.fromEntries([...scored].map(([model, prediction]) => [model, prediction ?? null]));
}

function servedOf({ predictions }: Waiting): { served?: Served } {
  if (predictions === undefined) return {};
  return { served: { generation: GENERATION, version: 0, model: "", values: predictions } };
}
