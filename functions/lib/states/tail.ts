// The tail of a state: the examples that were learned since its base, an entry a commit.
//
//   T1  A base and its tail are the state: who learns the entries in their order, under what the base was learned by, has what their
//       writers had, to the bit.
//   T2  An entry of an engine, a file or a limit that is not the base's is never written: that commit writes a base.

import type { Features, Target } from "../events/vocabulary.ts";
import type { Example, OpenModelSet } from "../learners/model-set-state.ts";
import { unsound } from "../learners/state-form.ts";

/** One example: x; y, or null where it has none; then what was served for it by this generation, and whether it is only scored. */
type Told = readonly [x: Features, y: Target | null, served?: Values | null, onlyScored?: true];
type Values = NonNullable<Example["served"]>["values"];

/** Of an entry: its examples were served by the generation that it is an entry of, or count as not served. */
const THIS = "";

/** A tail is no longer than its base, of a small one some times its length, so that the sum of both is written for what is learned. */
const LEAST_BYTES = 16_384;
const SEVERAL = 2;
const SEVERAL_UP_TO = 1_048_576;
/** So that opening a state ends soon, however slow its learners are. */
const MOST_EXAMPLES = 10_000;

/** Whether a tail of this length, all in bytes of text, is too long for its base. */
export function isOutgrown(base: number, tail: number, examples: number): boolean {
  return examples > MOST_EXAMPLES || tail > Math.max(LEAST_BYTES, base, Math.min(SEVERAL * base, SEVERAL_UP_TO));
}

export function entryText(examples: readonly Example[], generation: string): string {
  const told = examples.map(({ x, y = null, served, onlyScored }): Told => {
    const values = served?.generation === generation ? served.values : undefined;
    if (onlyScored) return [x, y, values ?? null, true];
    return values === undefined ? [x, y] : [x, y, values];
  });
  return JSON.stringify(told);
}

/** Learns them in order. Answers how many examples they had. @throws UnsoundStateError for an entry that cannot be read. */
export function learnTail(models: OpenModelSet, tail: readonly string[]): number {
  let learned = 0;
  for (const [i, entry] of tail.entries()) {
    const examples = readEntry(entry, i);
    models.learn(examples, THIS);
    learned += examples.length;
  }
  return learned;
}

function readEntry(entry: string, i: number): Example[] {
  try {
    return (JSON.parse(entry) as Told[]).map(([x, y, values, onlyScored]) => ({
      x,
      ...(y !== null && { y }),
      ...(values && { served: { generation: THIS, values } }),
      ...(onlyScored && { onlyScored }),
    }));
  } catch {
    throw unsound(`tail[${i}]`, "cannot be read");
  }
}
