// A model set's state that was damaged in the store or made by hand: refused with its place, or gone on from with finite numbers.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePipeline } from "../pipeline/parse.ts";
import { expectPlain } from "./learner.contract.ts";
import { createModelSet } from "./model-set.ts";
import type { LabelledExample, ModelSetState } from "./model-set-state.ts";
import { ChangedModelError } from "./read-model-set.ts";
import { damaged, damages, readOrRefused } from "./state-form.contract.ts";

const folder = join(import.meta.dirname, "fixtures/states");
const read = (name: string) => readFileSync(join(folder, name), "utf8");

/** A set and a state of it, with examples that go on from there. */
function learnedSet(name: string) {
  const set = createModelSet(parsePipeline(read(`${name}.yaml`), `${name}.yaml`));
  const { state, more } = JSON.parse(read(`${name}.json`)) as { state: ModelSetState; more: LabelledExample[] };
  const open = set.open(set.carryOver(state));
  open.learn(more, "1");
  return { set, more: more.slice(0, 10), state: JSON.parse(JSON.stringify(open.close(1))) as ModelSetState };
}

test.each(["regression", "multiclass"])(
  "a damaged state of a %s is refused, or goes on with finite numbers",
  (name) => {
    const { set, more, state } = learnedSet(name);
    const refused = (error: unknown) => error instanceof ChangedModelError;
    fc.assert(
      fc.property(damages, (changes) => {
        const live = readOrRefused(() => {
          try {
            return set.open(set.carryOver(damaged(state, changes)));
          } catch (error) {
            if (refused(error)) return undefined;
            throw error;
          }
        });
        if (live === undefined) return;

        live.learn(more, "1");

        for (const { x } of more) expectPlain(live.predict(x), "its prediction");
        expectPlain(live.scores(), "its scores");
        expectPlain(live.matrices(), "its matrices");
        // What this Wadi does not know at the top of a state is left alone.
        const { models, choice = null } = live.close(1);
        expectPlain({ models, choice });
        expect(set.open(set.carryOver(JSON.parse(JSON.stringify(live.close(1))))).count).toBe(live.count);
      }),
      { numRuns: 150 },
    );
  },
);

describe("a tree whose nodes are no tree", () => {
  const { set, state } = learnedSet("regression");
  const chain = state.models["tree"]?.chain;
  const tree = chain?.parts[1]?.state as unknown as { readonly nodes: readonly Record<string, unknown>[] };
  const leaf = { depth: 1, moments: { n: 9, mean: 1, squares: 1 }, triedAt: 9, observers: [] };
  const branch = (left: number) => ({ feature: 0, threshold: 0, left });
  const withNodes = (nodes: readonly object[]) => () =>
    set.carryOver({
      ...state,
      models: {
        ...state.models,
        tree: {
          ...state.models["tree"],
          chain: { ...chain, parts: [chain?.parts[0], { ...chain?.parts[1], state: { ...tree, nodes } }] },
        },
      },
    });

  test("is one as it was learned, and as it is made here", () => {
    expect(tree.nodes.length).toBeGreaterThan(2);
    expect(withNodes([branch(1), leaf, leaf])).not.toThrow();
  });

  test.each<[string, readonly object[], RegExp]>([
    ["leads back", [branch(0), leaf, leaf], /nodes\[0\] has no two nodes after it/],
    ["leads out of the list", [branch(2), leaf, leaf], /nodes\[0\] has no two nodes after it/],
    [
      "shares nodes, so that there are ever more ways",
      [branch(1), branch(3), branch(4), leaf, leaf, leaf],
      /nodes\[2\] shares a node with another branch/,
    ],
    ["has nodes on no way", [branch(1), leaf, leaf, leaf], /nodes\[3\] hangs below no branch/],
    [
      "goes by a feature that is not there",
      [{ ...branch(1), feature: 99 }, leaf, leaf],
      /nodes\[0\] goes by a feature/,
    ],
    [
      "has a leaf of another depth",
      [branch(1), leaf, { ...leaf, depth: 7 }],
      /nodes\[2\] has the depth 7, and is at 1/,
    ],
    ["has half a place", [{ ...branch(1), left: 1.5 }, leaf, leaf], /nodes\[0\]\.left must be a whole number/],
  ])("is refused where it %s", (_what, nodes, words) => {
    expect(withNodes(nodes)).toThrow(words);
  });

  test("is refused where it is deeper than a tree may be, which would take all of the stack", () => {
    const deep = Array.from({ length: 2000 }, (_, i) => [branch(2 * i + 1), { ...leaf, depth: i + 1 }]).flat();

    expect(withNodes([...deep, { ...leaf, depth: 2000 }])).toThrow(/nodes\[\d+\] is too deep/);
  });
});
