// A model set for each value of a field, as learn makes them.

import { afterEach, describe, expect, test } from "vitest";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import type { Store } from "../lib/store/store.ts";
import { closeAll, example, LINE, learner, open, range, rejection, WINDOW, wrapped, yaml } from "./fixtures/line.ts";
import { checkStoredModel, createLearn } from "./handler.ts";

afterEach(closeAll);

const shop = (text: string) =>
  text.replace("{ name: x, type: double }", "{ name: x, type: double }\n        - { name: shop, type: string }");
const perShop = (options = "", text = LINE) => `${shop(text)}modelPer: { field: shop${options} }\n`;
const of = (i: number, value: string, fields: object = {}) => example(i, { set: `line/${value}`, ...fields });

async function stateOf({ models }: Store, set: string) {
  const { state } = await models.load(set);
  return state === "" ? undefined : (JSON.parse(state) as ModelSetState);
}

const countsOf = async (store: Store, ...sets: readonly string[]) =>
  Promise.all(sets.map(async (set) => (await stateOf(store, set))?.count ?? 0));

test("each set learns its own examples, and the answer tells of the set", async () => {
  const store = open();
  const { handle } = learner(store, perShop());

  const [first] = await Promise.all([of(1, "a"), of(2, "b"), of(3, "a")].map((event) => handle(event)));

  expect(first).toMatchObject({
    subject: "line/a",
    partitionkey: "line/a",
    data: { set: "line/a", version: 1, count: 2 },
  });
  expect(await store.models.sets()).toEqual(["line/a", "line/b"]);
  expect(await countsOf(store, "line/a", "line/b")).toEqual([2, 1]);
});

test("a set has the weights that its examples alone would give, to the bit", async () => {
  const [store, alone] = [open(), open()];
  const { handle } = learner(store, perShop());
  const single = learner(alone, LINE);

  for (const i of range(40)) {
    await handle(of(i, i % 2 === 0 ? "even" : "odd"));
    if (i % 2 === 0) await single.handle(example(i));
  }

  const [even, one] = [await stateOf(store, "line/even"), await stateOf(alone, "line")];
  const weights = (state?: ModelSetState) =>
    Object.values(state?.models ?? {}).map(({ chain, n, metrics }) => ({ chain, n, metrics }));
  expect(weights(even)).toEqual(weights(one));
});

test("what was observed before there were several sets is learned by the one that it was observed for", async () => {
  const store = open();
  const { handle } = learner(store, perShop());

  await handle(example(1));

  expect(await store.models.sets()).toEqual(["line"]);
});

test.each(["line/", "line/a b", "line/%41", "other/a", "lines"])(
  "an example of the set %j is none of this pipeline's",
  async (set) => {
    const store = open();
    const { handle } = learner(store, perShop());

    expect(await rejection(handle(example(1, { set })))).toBe("payload");
  },
);

describe("a set that is more than there may be", () => {
  test("is refused with the reason, and those there are go on", async () => {
    const store = open();
    const { handle } = learner(store, perShop(", most: 2"));

    const answers = await Promise.all(["a", "b", "c", "a", "c"].map((value, i) => rejection(handle(of(i, value)))));

    expect(answers).toEqual([undefined, undefined, "too-many-models", undefined, "too-many-models"]);
    expect(await store.models.sets()).toEqual(["line/a", "line/b"]);
    await expect(handle(of(9, "c%20d"))).rejects.toThrow(
      /its 2 model sets.*shop.*none for c d: .*modelPer\.most in line\.yaml/,
    );
  });

  test("is made when there is room, from the same example", async () => {
    const store = open();
    const refused = learner(store, perShop(", most: 1"));
    await refused.handle(of(1, "a"));
    expect(await rejection(refused.handle(of(2, "b")))).toBe("too-many-models");

    await learner(store, perShop(", most: 2")).handle(of(2, "b"));

    expect(await countsOf(store, "line/a", "line/b")).toEqual([1, 1]);
  });

  test("is refused by one of two learners that both try to make the last one", async () => {
    const store = open();
    const two = [learner(store, perShop(", most: 5")), learner(store, perShop(", most: 5"))];

    const answers = await Promise.all(
      range(20).map((i) => rejection(two[i % 2]?.handle(of(i, `v${i}`)) as Promise<unknown>)),
    );

    expect(answers.filter((answer) => answer === undefined)).toHaveLength(5);
    expect(await store.models.setCount("line/")).toBe(5);
  });

  test("has its slot after a crash between the reservation and the first commit", async () => {
    const store = open();
    const port = wrapped(store, { commit: () => Promise.reject(new Error("killed")) });
    expect(await rejection(learner(port, perShop(", most: 1")).handle(of(1, "a")))).toBe("Error: killed");

    const { handle } = learner(store, perShop(", most: 1"));
    expect(await rejection(handle(of(2, "b")))).toBe("too-many-models");
    await handle(of(1, "a"));

    expect(await store.models.sets()).toEqual(["line/a"]);
  });
});

describe("a set with a prior", () => {
  async function withPrior(prior = "line") {
    const store = open();
    const { handle } = learner(store, perShop(", prior: line"));
    for (const i of range(50)) await handle(example(i, { set: prior }));
    return { store, handle, before: await stateOf(store, prior) };
  }

  test("starts with the prior's models, and with counts and scores of its own", async () => {
    const { store, handle, before } = await withPrior();

    await handle(of(100, "a", { x: { x: 0.5 }, y: 1 }));

    const after = await stateOf(store, "line/a");
    expect(after).toMatchObject({ count: 1, scoredOnServed: 0 });
    expect(after?.models["line"]?.n).toBe(1);
    // The mean of fifty and one more; of one alone it would be 1.
    const mean = (state?: ModelSetState) => JSON.stringify(state?.models["mean"]?.chain);
    expect(mean(after)).toContain("51");
    expect(mean(after)).not.toBe(mean(before));
    expect(after?.models["line"]?.metrics["mae"]).toMatchObject({ n: 1 });
    expect(await stateOf(store, "line")).toEqual(before);
    expect(await store.models.learnedCount("line/a")).toBe(1);
  });

  test("learns on with its own state, whatever the prior learns meanwhile", async () => {
    const { store, handle } = await withPrior();
    await handle(of(100, "a"));
    const { revision } = await store.models.head("line");

    await handle(example(200));
    await handle(of(101, "a"));

    expect((await store.models.head("line")).revision).not.toBe(revision);
    expect(await countsOf(store, "line", "line/a")).toEqual([51, 2]);
  });

  test("starts from nothing where the prior has not learned", async () => {
    const [store, plain] = [open(), open()];

    await learner(store, perShop(", prior: other")).handle(of(1, "a"));
    await learner(plain, perShop()).handle(of(1, "a"));

    expect((await stateOf(store, "line/a"))?.models).toEqual((await stateOf(plain, "line/a"))?.models);
  });

  test("starts from the prior in one of two learners, and the other goes on from there", async () => {
    const { store } = await withPrior();
    const two = range(2).map(() => learner(store, perShop(", prior: line")));

    await Promise.all(range(20).map((i) => two[i % 2]?.handle(of(100 + i, "a"))));

    const after = await stateOf(store, "line/a");
    expect(after?.count).toBe(20);
    expect(JSON.stringify(after?.models["mean"]?.chain)).toContain("70");
  });

  test("may start with what another pipeline with the same models has learned", async () => {
    const store = open();
    const all = learner(store, shop(LINE));
    for (const i of range(10)) await all.handle(example(i));
    const pipeline = parsePipeline(perShop(", prior: line").replace("name: line", "name: shops"), "shops.yaml");
    const handle = createLearn({
      pipelines: new Map([["shops", pipeline]]),
      models: store.models,
      telemetry: all.telemetry,
      clock: { now: Date.now, after: () => () => {} },
      random: () => 0.5,
      learnedWindowMs: () => WINDOW,
      revision: () => "f".repeat(32),
    });

    await handle(example(100, { set: "shops/a" }, { pipeline: "shops" }));

    const after = await stateOf(store, "shops/a");
    expect(after?.count).toBe(1);
    expect(JSON.stringify(after?.models["mean"]?.chain)).toContain("11");
  });

  test("whose models are others under the same names must not come up", async () => {
    const { store } = await withPrior();
    const other = yaml("{ line: [ standard-scaler, linear-regression ], mean: [ mean-regressor ] }");
    const pipeline = parsePipeline(perShop(", prior: line", other).replace("name: line", "name: shops"), "shops.yaml");

    await expect(checkStoredModel(store.models, pipeline)).rejects.toThrow(
      /modelPer\.prior: its models line are others/,
    );
  });
});

test("a file whose models are others than those of the sets there are must not come up", async () => {
  const store = open();
  await learner(store, perShop()).handle(of(1, "a"));
  const changed = perShop("", yaml("{ line: [ standard-scaler, linear-regression ], mean: [ mean-regressor ] }"));

  const check = checkStoredModel(store.models, parsePipeline(changed, "line.yaml"));

  await expect(check).rejects.toThrow(/line.*changed/);
  await expect(checkStoredModel(store.models, parsePipeline(perShop(), "line.yaml"))).resolves.toBeUndefined();
});

test("more sets than are kept open are learned all the same, each example once", async () => {
  const store = open();
  const { handle } = learner(store, perShop(), { openSets: 3 });

  for (const round of range(4)) {
    await Promise.all(range(30).map((i) => handle(of(round * 30 + i, `v${i}`))));
    await Promise.all(range(30).map((i) => handle(of(round * 30 + i, `v${i}`))));
  }

  expect(await countsOf(store, ...range(30).map((i) => `line/v${i}`))).toEqual(range(30).map(() => 4));
});

test("a set that is kept open is not read again, one that was let go is", async () => {
  const store = open();
  const loads: string[] = [];
  const port = wrapped(store, {
    loadSince(set, known) {
      loads.push(set);
      return store.models.loadSince(set, known);
    },
  });
  const { handle } = learner(port, perShop(), { openSets: 2 });

  for (const [i, value] of ["a", "b", "a", "c", "a", "b"].entries()) await handle(of(i, value));

  expect(loads).toEqual(["line/a", "line/b", "line/c", "line/b"]);
});

test("sets are kept open as long as their states are not too large together", async () => {
  const store = open();
  const loads: string[] = [];
  const port = wrapped(store, {
    loadSince(set, known) {
      loads.push(set);
      return store.models.loadSince(set, known);
    },
  });
  const { handle } = learner(port, perShop(), { openStateBytes: 8000 });
  const learn = (i: number, value: string) => handle(of(i, value));

  await learn(0, "a");
  const bytes = ((await store.models.loadSince("line/a")).base ?? "").length;
  expect(bytes).toBeGreaterThan(200);
  const many = Math.ceil(8000 / bytes) + 1;
  for (const i of range(many)) await learn(i + 1, `v${i}`);
  loads.length = 0;
  await learn(many + 1, `v${many - 1}`);
  await learn(many + 2, "a");

  expect(loads).toEqual(["line/a"]);
});

test.each<[string, string, (state: string) => string]>([
  ["is no JSON", "damaged-state", () => "{"],
  ["has a number that is none", "damaged-state", (state) => state.replace(/"mean":[^,}]*/, '"mean":1e400')],
  // Not damaged: a process that knows it will come, and until then the event waits.
  ["a newer Wadi wrote", "superseded", (state) => state.replace(/"state":{"schema":1/, '"state":{"schema":99')],
])(
  "an example of a set whose state %s is refused at once as %s; other sets go on learning",
  async (_what, code, changed) => {
    const store = open();
    await learner(store, perShop()).handle(of(0, "a"));
    const port = wrapped(store, {
      async loadSince(set, known) {
        const stored = await store.models.loadSince(set, known);
        return set === "line/a" ? { ...stored, base: changed(stored.base ?? "") } : stored;
      },
    });
    const { handle } = learner(port, perShop());

    const reason = await rejection(handle(of(1, "a")));
    await handle(of(2, "b"));

    expect(reason).toBe(code);
    expect(await countsOf(store, "line/a", "line/b")).toEqual([1, 1]);
  },
);

test("the figures of /metrics are the pipeline's, however many sets there are", async () => {
  const store = open();
  const { handle, telemetry } = learner(store, perShop());

  await Promise.all(range(50).map((i) => handle(of(i, `v${i}`))));

  const text = await telemetry.registry.metrics();
  expect(text).toContain('wadi_learned_total{set="line",scored="fresh"} 50');
  expect(text).toContain('wadi_commits_total{set="line",outcome="committed"} 50');
  expect(text).not.toContain("line/");
});
