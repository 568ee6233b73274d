import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Prediction } from "../events/vocabulary.ts";
import { parsePipeline } from "../pipeline/parse.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { readBest } from "./champion.ts";
import type { Part } from "./learner.ts";
import { createModelSet, readScores } from "./model-set.ts";
import type { LabelledExample, ModelSetState, OneModelState } from "./model-set-state.ts";
import { ChangedModelError } from "./read-model-set.ts";
import type { MetricSpec } from "./task.ts";

type Models = Record<string, Part[]>;

const LINEAR: Part[] = ["linear-regression"];
const MEAN: Part[] = ["mean-regressor"];
const BOTH: Models = { linear: LINEAR, mean: MEAN };

function pipelineOf(models: Models, metrics: MetricSpec[] = ["mae"], features = ["distance"]): Pipeline {
  const fields = [...features, "minutes"].map((name) => ({ name, type: "double" }));
  const file = {
    name: "rides",
    event: { schemas: { 1: { type: "record", name: "Ride", fields } } },
    target: { field: "minutes", task: "regression" },
    features: features.map((from) => ({ from, as: "number" })),
    models,
    serve: Object.keys(models)[0],
    metrics,
  };
  return parsePipeline(JSON.stringify(file), "rides.yaml");
}

const setOf = (models: Models, metrics?: MetricSpec[]) => createModelSet(pipelineOf(models, metrics));
const ride = (distance: number, y: number): LabelledExample => ({ x: { distance }, y });
/** Its step on any weight is beyond doubles. */
const SPOILING = ride(1e308, 1000);

function served(example: LabelledExample, generation: string, values: Record<string, Prediction>): LabelledExample {
  return { ...example, served: { generation, version: 1, model: "linear", values } };
}

function learned(models: Models, examples: readonly LabelledExample[], metrics?: MetricSpec[]): ModelSetState {
  const set = setOf(models, metrics);
  const live = set.open(set.init(1));
  live.learn(examples, "g1");
  return live.close(1);
}

const of = (state: ModelSetState, name: string) => state.models[name] as OneModelState;

test("the state names the model that serves, that of an earlier Wadi once it is carried over, another where the file says so", () => {
  const state = learned(BOTH, [ride(1, 7)]);
  const { champion, ...earlier } = state;
  const swapped = createModelSet({ ...pipelineOf(BOTH), serve: "mean" });

  expect(champion).toBe("linear");
  expect(setOf(BOTH).carryOver(earlier as ModelSetState).champion).toBe("linear");
  expect(swapped.carryOver(state).champion).toBe("mean");
  expect(swapped.open(swapped.carryOver(state)).champion).toBe("mean");
});

describe("a model that is pinned by hand", () => {
  const pinned = (models: Models = BOTH): ModelSetState => ({
    ...learned(models, [ride(1, 7)]),
    champion: "mean",
    pinned: "mean",
  });

  test("serves, whatever the file says, through further commits and carried over", () => {
    const set = setOf(BOTH);
    const live = set.open(set.carryOver(pinned()));
    live.learn([ride(2, 8)], "g1");
    const after = live.close(2);

    expect(live.champion).toBe("mean");
    expect(after).toMatchObject({ champion: "mean", pinned: "mean" });
    expect(set.carryOver(after)).toMatchObject({ champion: "mean", pinned: "mean" });
  });

  test("is not exchanged for a better one, and the choice goes on from it once the pin is released", () => {
    const best = readBest({ best: "mae", over: 20, margin: 0, after: 20 } as { best: string });
    const set = createModelSet({ ...pipelineOf(BOTH), best });
    const examples = Array.from({ length: 100 }, (_, i) =>
      served(ride(i, i), "g1", { linear: i, mean: i + 1 + (i % 2) }),
    );
    const live = set.open(set.carryOver(pinned()));

    const while1 = live.learn(examples, "g1");
    const { pinned: _pinned, ...released } = live.close(1);
    const after = set.open(set.carryOver(released)).learn(examples, "g1");

    expect(while1.champion).toBeUndefined();
    expect(after.champion).toMatchObject({ from: "mean", to: "linear" });
  });

  test("serves no more once it is gone from the file", () => {
    const { mean: _mean, ...others } = BOTH;
    const carried = setOf(others).carryOver(pinned());

    expect(carried.champion).toBe("linear");
    expect(carried.pinned).toBeUndefined();
  });
});

describe("scores", () => {
  test("are of what was served, champion and shadow alike", () => {
    const set = setOf(BOTH);
    const live = set.open(set.init(1));

    const told = live.learn([served(ride(1, 7), "g1", { linear: 5, mean: 4 })], "g1");

    expect(live.scores()).toEqual({ linear: { mae: 2 }, mean: { mae: 3 } });
    expect(told).toMatchObject({ served: 1, skipped: {}, leftOut: {}, drift: [], restarted: [] });
    expect(live.close(1).scoredOnServed).toBe(1);
  });

  test.each<[string, LabelledExample]>([
    ["nothing was served", ride(1, 7)],
    ["another generation served", served(ride(1, 7), "g0", { linear: 5, mean: 4 })],
  ])("are of a prediction made just before learning where %s", (_what, example) => {
    const set = setOf(BOTH);
    const live = set.open(set.init(1));

    const told = live.learn([example], "g1");

    expect(live.scores()).toEqual({ linear: { mae: 7 }, mean: { mae: 7 } });
    expect(told.served).toBe(0);
    expect(live.close(1).scoredOnServed).toBe(0);
  });

  test("of a model begin with what was served after it was added: what others answered before, it learns unscored", () => {
    const set = setOf(BOTH);
    const live = set.open(set.init(1));

    live.learn([served(ride(1, 7), "g1", { mean: 4 })], "g1");
    const early = live.close(1);
    live.learn([served(ride(1, 7), "g1", { mean: 4, linear: 2 })], "g1");

    expect(of(early, "linear")).toMatchObject({ n: 0, metrics: setOf(BOTH).init(1).models["linear"]?.metrics });
    expect(of(early, "linear").chain).not.toEqual(setOf(BOTH).init(1).models["linear"]?.chain);
    expect(of(early, "mean").n).toBe(1);
    expect(live.scores()).toEqual({ linear: { mae: 5 }, mean: { mae: 3 } });
    expect(of(live.close(1), "linear").n).toBe(1);
  });

  test("do not count a served null", () => {
    const set = setOf({ mean: MEAN });
    const live = set.open(set.init(1));

    live.learn([served(ride(1, 7), "g1", { mean: null }), served(ride(1, 7), "g1", { mean: 6 })], "g1");

    expect(live.scores()).toEqual({ mean: { mae: 1 } });
  });

  test("see each example of a group before it is learned, and after those before it", () => {
    const state = learned({ mean: MEAN }, [ride(1, 10), ride(1, 30)]);

    // 0 was predicted for the 10, and 10 for the 30.
    expect(readScores(pipelineOf({ mean: MEAN }), JSON.stringify(state)).models["mean"]?.metrics).toEqual({ mae: 15 });
  });

  test("are read out of a stored state, and are 0 where nothing was stored", () => {
    const pipeline = pipelineOf(BOTH);
    const state = learned(BOTH, [ride(1, 7), SPOILING]);

    const before = readScores(pipeline, "");
    const after = readScores(pipeline, JSON.stringify(state));

    expect(before).toMatchObject({ count: 0, models: { linear: { n: 0, skipped: 0, metrics: { mae: 0 } } } });
    expect(after).toMatchObject({ count: 2, models: { linear: { n: 2, skipped: 1 }, mean: { n: 2, skipped: 0 } } });
  });
});

describe("an example that would spoil a model", () => {
  test("is skipped by that model alone, and counted; the good ones of its group are kept", () => {
    const good = fc.array(fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.integer({ min: -99, max: 99 })));
    fc.assert(
      fc.property(good, fc.array(fc.nat(), { maxLength: 3 }), (pairs, places) => {
        const rides = pairs.map(([distance, y]) => ride(distance, y));
        const group = [...rides];
        for (const place of places) group.splice(place % (group.length + 1), 0, SPOILING);

        const state = learned(BOTH, group);

        expect(of(state, "linear").chain).toEqual(of(learned(BOTH, rides), "linear").chain);
        expect(of(state, "linear")).toMatchObject({ n: group.length, skipped: places.length });
        expect(of(state, "mean").chain.parts[0]?.state).toMatchObject({ n: group.length });
        expect(of(state, "mean").skipped).toBe(0);
        expect(state.count).toBe(group.length);
      }),
    );
  });

  test("is told, by model", () => {
    const set = setOf(BOTH);

    const told = set.open(set.init(1)).learn([ride(1, 1), SPOILING, SPOILING], "g1");

    expect(told.skipped).toEqual({ linear: 2 });
  });

  test("takes nothing from the groups before it, closed or not", () => {
    const set = setOf(BOTH);
    const [closed, open] = [set.open(set.init(1)), set.open(set.init(1))];

    for (const live of [closed, open]) {
      live.learn([ride(1, 1)], "g1");
      if (live === closed) live.close(1);
      live.learn([ride(2, 2), SPOILING, ride(3, 3)], "g1");
    }

    const expected = of(learned(BOTH, [ride(1, 1), ride(2, 2), ride(3, 3)]), "linear").chain;
    expect(of(closed.close(1), "linear").chain).toEqual(expected);
    expect(of(open.close(1), "linear").chain).toEqual(expected);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, "far"])("may be one with a feature of %s", (bad) => {
    const set = setOf({ scaled: ["standard-scaler", "linear-regression"], mean: MEAN });
    const live = set.open(set.init(1));

    const told = live.learn([ride(1, 1), { x: { distance: bad }, y: 1 }, ride(2, 4)], "g1");

    expect(told.skipped).toEqual({ scaled: 1 });
    expect(live.predict({ distance: bad })).toEqual({ scaled: null, mean: 2 });
  });
});

test("a diverged model is never served: it predicts null, and the others predict", () => {
  const set = setOf(BOTH);
  const text = JSON.stringify(learned(BOTH, [ride(1, 7)])).replace(/"weights":\[[^\]]*\]/, '"weights":[1e308]');

  const live = set.open(JSON.parse(text) as ModelSetState);

  expect(live.predict({ distance: 1e10 })).toEqual({ linear: null, mean: 7 });
});

describe("a state carried over to a changed pipeline", () => {
  const before = learned(BOTH, [ride(1, 7), ride(2, 9)], ["mae", "rmse"]);

  test("keeps what stays, starts the models that are new, and lets those go that are gone", () => {
    const set = setOf({ mean: MEAN, median: ["median-regressor"] }, ["mae", "rmse"]);

    const after = set.carryOver(before);
    const live = set.open(after);
    live.learn([ride(1, 8)], "g1");

    expect(after.models["mean"]).toEqual(before.models["mean"]);
    expect(Object.keys(after.models)).toEqual(["mean", "median"]);
    expect(after.count).toBe(2);
    expect(live.close(2)).toMatchObject({
      pipelineRevision: 2,
      count: 3,
      models: { mean: { n: 3 }, median: { n: 1 } },
    });
  });

  test("starts the metrics that are new, and lets those go that are gone", () => {
    const set = setOf(BOTH, ["r2", "mae"]);

    const live = set.open(set.carryOver(before));
    live.learn([ride(1, 8)], "g1");

    const { metrics } = of(live.close(1), "mean");
    expect(Object.keys(metrics)).toEqual(["r2", "mae"]);
    expect(metrics).toMatchObject({ r2: { n: 1 }, mae: { n: 3 } });
  });

  const under = (...features: string[]) => createModelSet(pipelineOf(BOTH, ["mae"], features));

  test("a model whose features grew goes on, goes back, and grows again only into what it was", () => {
    const small = under("distance");
    const large = under("distance", "wind");
    const start = learned(BOTH, [ride(1, 7), ride(2, 9)]);

    const live = large.open(large.carryOver(start));
    live.learn([{ x: { distance: 3, wind: 5 }, y: 4 }], "g1");
    const grown = live.close(2);
    const back = small.carryOver(grown);

    const [d1, d2] = [of(start, "linear").digest, of(grown, "linear").digest];
    expect(of(grown, "linear")).toMatchObject({ earlier: [d1], n: 3 });
    expect(of(back, "linear")).toMatchObject({ digest: d1, earlier: [d2], n: 3 });
    expect(of(back, "linear").chain).toEqual(of(grown, "linear").chain);
    expect(of(large.carryOver(back), "linear")).toEqual(of(grown, "linear"));
    expect(() => under("distance", "rain").carryOver(back)).toThrow(ChangedModelError);
    expect(() => under("wind", "distance").carryOver(start)).toThrow(ChangedModelError);
    expect(() => under("wind").carryOver(grown)).toThrow(ChangedModelError);
  });

  test("a grown model is the one that had all its features from the start, while they were absent", () => {
    const models: Models = { linear: LINEAR, tree: ["hoeffding-tree-regressor"], near: ["knn-regressor"] };
    const rides = Array.from({ length: 60 }, (_, i): LabelledExample => {
      const wind = i % 5;
      return i < 30 ? ride(i % 7, i % 7) : { x: { distance: i % 7, wind }, y: (i % 7) + wind };
    });
    const large = createModelSet(pipelineOf(models, ["mae"], ["distance", "wind"]));
    const whole = large.open(large.init(1));
    whole.learn(rides, "g1");

    const live = large.open(large.carryOver(JSON.parse(JSON.stringify(learned(models, rides.slice(0, 30))))));
    live.learn(rides.slice(30), "g1");

    expect(live.predict({ distance: 3, wind: 4 })).toEqual(whole.predict({ distance: 3, wind: 4 }));
    expect(live.scores()).toEqual(whole.scores());
  });

  test("is refused where a model of the same name is another one, which is named", () => {
    const set = setOf({ linear: [{ "linear-regression": { l2: 0.1 } }], mean: MEAN });

    expect(() => set.carryOver(before)).toThrow(ChangedModelError);
    expect(() => set.carryOver(before)).toThrow(/^the models linear have changed/);
  });

  test("stays as it was", () => {
    const copy = structuredClone(before);

    setOf({ mean: MEAN }, ["r2"]).carryOver(before);

    expect(before).toEqual(copy);
  });

  test("is not opened where its schema is another", () => {
    const set = setOf(BOTH);

    expect(() => set.carryOver({ ...before, schema: 3 })).toThrow(/schema 3/);
  });
});

describe("the state of a model set", () => {
  const metrics: MetricSpec[] = ["mae", "mse", "rmse", "r2", { rolling: "mae", over: 1000 }];
  const scaled: Part[] = ["standard-scaler", { "linear-regression": { optimizer: "adagrad" } }];
  const models: Models = { scaled, linear: LINEAR, mean: MEAN, median: ["median-regressor"] };
  const rides = Array.from({ length: 3000 }, (_, i) => ride(Math.sin(i) * 10, Math.cos(i / 3) * 40));

  test("goes on, JSON between, as if it had never been closed, to the bit", () => {
    const set = setOf(models, metrics);
    const half = JSON.parse(JSON.stringify(learned(models, rides.slice(0, 50), metrics))) as ModelSetState;

    const live = set.open(half);
    live.learn(rides.slice(50, 100), "g1");

    expect(JSON.stringify(live.close(1))).toBe(JSON.stringify(learned(models, rides.slice(0, 100), metrics)));
  });

  test("without model parameters and windows stays under 16 kB, and does not grow with the examples", () => {
    const parameters = ["names", "weights", "memory", "charged", "counts", "means", "vars", "window"];
    const sizeAfter = (examples: number) =>
      JSON.stringify(learned(models, rides.slice(0, examples), metrics), (key, value) =>
        parameters.includes(key) ? undefined : value,
      ).length;

    expect(sizeAfter(3000)).toBeLessThan(16 * 1024);
    expect(sizeAfter(3000) - sizeAfter(1000)).toBeLessThan(100);
  });
});

describe("a set that starts with what another has learned", () => {
  const rides = [ride(1, 10), ride(2, 20), ride(3, 30)];

  test("predicts as that one does, and has counts and scores of its own", () => {
    const prior = learned(BOTH, rides, ["mae", { rolling: "mae", over: 5 }]);
    const set = setOf(BOTH, ["mae", { rolling: "mae", over: 5 }]);

    const first = set.startFrom(prior, 7);

    expect(set.open(first).predict({ distance: 2 })).toEqual(set.open(prior).predict({ distance: 2 }));
    expect(first).toEqual({
      ...set.init(7),
      models: {
        linear: { ...of(set.init(7), "linear"), chain: of(prior, "linear").chain },
        mean: { ...of(set.init(7), "mean"), chain: of(prior, "mean").chain },
      },
    });
  });

  test("leaves that one as it is when it learns on", () => {
    const prior = learned(BOTH, rides);
    const before = structuredClone(prior);
    const set = setOf(BOTH);

    set.open(set.startFrom(prior, 1)).learn([ride(9, 0)], "g1");

    expect(prior).toEqual(before);
  });

  test("lets a model start from nothing that the other lacks, and has none that only the other has", () => {
    const first = setOf(BOTH).startFrom(learned({ linear: LINEAR, other: MEAN }, rides), 1);

    expect(Object.keys(first.models)).toEqual(["linear", "mean"]);
    expect(of(first, "mean")).toEqual(of(setOf(BOTH).init(1), "mean"));
  });

  test("is refused where a model of the same name is another one", () => {
    const prior = learned({ linear: MEAN, mean: MEAN }, rides);

    expect(() => setOf(BOTH).startFrom(prior, 1)).toThrow(ChangedModelError);
  });
});
