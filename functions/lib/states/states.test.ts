// A base and its tail are the state (T1), whoever learns the tail, and whatever was learned.

import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createModelSet } from "../learners/model-set.ts";
import type { Example } from "../learners/model-set-state.ts";
import { SeededRandom } from "../learners/seeded-random.ts";
import { parsePipeline } from "../pipeline/parse.ts";
import { foldState } from "./fold.ts";
import { baseText, ENGINE, readBase } from "./learned-by.ts";
import { entryText, isOutgrown, learnTail } from "./tail.ts";

const regression = `
name: line
event:
  schemas:
    1:
      type: record
      name: Point
      fields:
        - { name: x, type: double }
        - { name: word, type: string }
        - { name: y, type: ["null", double], default: null }
target: { field: y, task: regression }
labelHorizon: 1d
features: [{ from: x, as: number }, { from: word, as: one-hot }]
models:
  linear: [{ standard-scaler: { only: numbers } }, { linear-regression: { optimizer: adagrad } }]
  tree: [hoeffding-tree-regressor]
  near: [{ knn-regressor: { windowSize: 20 } }]
  mean: [mean-regressor]
serve: { best: mae, over: 60, margin: 0.01, after: 20 }
metrics: [mae, r2, { rolling: mae, over: 100 }]
drift: { adwin: { delta: 0.002 } }
onDrift: restart
`;
const multiclass = regression
  .replace('["null", double]', '["null", string]')
  .replace("task: regression", "task: multiclass")
  .replace(
    /models:[\s\S]*?serve:/,
    "models:\n  tree: [hoeffding-tree-classifier]\n  soft: [softmax-regression]\nserve:",
  )
  .replaceAll("mae", "accuracy")
  .replace("accuracy, r2, ", "accuracy, ");

const BY = { engine: ENGINE, maxStateBytes: 20_000 };

/** Some of them served, by this generation or another, and some such that a model would become infinite. */
function examplesOf(task: string, seed: number, count: number): Example[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const x = random.next() < 0.02 ? 1e308 : 10 * random.next() - 5;
    const truth = Math.abs(x) > 5 ? random.next() : (i > count / 2 ? -40 : 2) * x + random.next();
    const y = task === regression ? truth : truth > 0 ? "up" : "down";
    const value = task === regression ? truth / 2 : { up: 0.25, down: 0.75 };
    const served = { generation: random.next() < 0.8 ? "1" : "0", version: 1, model: "tree", values: { tree: value } };
    const word = `word_${Math.floor(random.next() * 60)}`;
    return { x: { x, [word]: 1 }, y, ...(random.next() < 0.5 && { served }) };
  });
}

test.each([
  ["regression", regression],
  ["multiclass", multiclass],
])(
  "what is learned live, by commits of any size, is what its base and tail are folded to, to the bit: %s",
  async (_, file) => {
    const models = createModelSet(parsePipeline(file, "test"), BY.maxStateBytes);
    const commits = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(commits, fc.nat(), fc.nat({ max: 5 }), async (sizes, seed, firstBase) => {
        const examples = examplesOf(file, seed, 800);
        const live = models.open(models.init(1));
        live.learn(examples.splice(0, 60), "1");
        let base = baseText(live.close(1), { ...BY, file });
        const tail: string[] = [];
        for (const [i, size] of sizes.entries()) {
          const group = examples.splice(0, size);
          live.learn(group, "1");
          if (i === firstBase) {
            base = baseText(live.close(1), { ...BY, file });
            tail.length = 0;
          } else tail.push(entryText(group, "1"));
        }

        const follower = models.open(models.carryOver(readBase(base).state));
        learnTail(follower, tail);

        // Every number of a state is written so that it is read as the same one.
        const whole = JSON.parse(baseText(live.close(1), { ...BY, file }));
        expect(JSON.parse(await foldState(base, tail))).toEqual(whole);
        expect(JSON.parse(baseText(follower.close(1), { ...BY, file }))).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  },
);

test("an entry keeps what was served by its own generation, labels that are only scored, and examples without one", () => {
  const served = { generation: "1", version: 3, model: "a", values: { a: 1, b: null } };
  const other = { ...served, generation: "0" };
  const entry = entryText(
    [
      { x: { x: 1 } },
      { x: {}, y: false, served },
      { x: { é: "LAX" }, y: 2, served: other },
      { x: {}, y: true, served, onlyScored: true },
    ],
    "1",
  );

  expect(JSON.parse(entry)).toEqual([
    [{ x: 1 }, null],
    [{}, false, { a: 1, b: null }],
    [{ é: "LAX" }, 2],
    [{}, true, { a: 1, b: null }, true],
  ]);
});

test("a tail that cannot be read is told with its place, and so is one without what its base was learned by", async () => {
  const models = createModelSet(parsePipeline(regression, "test"));
  const base = baseText(models.init(1), { ...BY, file: regression });
  const good = entryText([{ x: { x: 1 }, y: 1 }], "1");

  await expect(foldState(base, [good, "[["])).rejects.toThrow("tail[1] cannot be read");
  await expect(foldState(JSON.stringify(models.init(1)), [good])).rejects.toThrow("learnedBy is missing");
});

test("no limit of the state, which JSON cannot say, is read as none", () => {
  const models = createModelSet(parsePipeline(regression, "test"));
  const by = { engine: ENGINE, maxStateBytes: Number.POSITIVE_INFINITY, file: regression };

  expect(readBase(baseText(models.init(1), by)).by).toEqual(by);
  expect(readBase(JSON.stringify(models.init(1))).by).toBeUndefined();
});

test.each([
  ["a small base has some room", 500, 16_384, 10, false],
  ["and no more", 500, 16_385, 10, true],
  ["a tail may be twice its base", 50_000, 100_000, 10, false],
  ["and no longer", 50_000, 100_001, 10, true],
  ["a large base has a tail of its own length", 5_000_000, 5_000_000, 10, false],
  ["and no longer, either", 5_000_000, 5_000_001, 10, true],
  ["however short they are, ten thousand examples are enough", 5_000_000, 1, 10_001, true],
])("when a new base is due: %s", (_, base, tail, examples, due) => {
  expect(isOutgrown(base, tail, examples)).toBe(due);
});

/** What the learners make of one stream, by the number of the engine: no oracle of what is right, only of what is the same. */
test("learners that learn one bit otherwise have another number in ENGINE (LEARNERS in learned-by.ts)", () => {
  const states = [regression, multiclass].map((file) => {
    const models = createModelSet(parsePipeline(file, "test"));
    const live = models.open(models.init(1));
    live.learn(examplesOf(file, 1, 1000), "1");
    return JSON.stringify(live.close(1).models);
  });

  const digest = createHash("sha256").update(states.join("\n")).digest("hex").slice(0, 16);

  expect(`${ENGINE.split(",")[0]}: ${digest}`).toBe("wadi 1: 38815bdd85cebeeb");
});
