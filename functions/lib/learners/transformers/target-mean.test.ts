import { describe, expect, test } from "vitest";
import type { Features, Target } from "../../events/vocabulary.ts";
import type { LearnerType, OpenTransformer, State, Transformer } from "../learner.ts";
import { toVector } from "../vector.ts";
import { targetCount } from "./target-count.ts";
import { targetMean } from "./target-mean.ts";
import { targetVariance } from "./target-variance.ts";

function learned(rows: readonly [Features, Target][], options = {}): OpenTransformer<State> {
  const transformer = targetMean.create({ by: "origin", ...options }, { isIndicator: () => false }) as Transformer;
  const live = transformer.open(transformer.init());
  for (const [x, y] of rows) live.learnOne(toVector(x), y);
  return live;
}

const meanOf = (live: OpenTransformer<State>, origin: string) => live.transformOne(toVector({ origin })).values[0];

describe("the target mean", () => {
  test("replaces the text it groups by, and comes last", () => {
    const live = learned([[{ origin: "LAX" }, 4]]);

    const handedOn = live.transformOne(toVector({ a: 1, origin: "LAX", b: 2 }));

    expect(handedOn).toEqual({ names: ["a", "b", "target_mean_by_origin"], values: [1, 2, 4] });
  });

  test("passes on, and learns nothing from, an example without the text", () => {
    const live = learned([[{ a: 1 }, 4]]);

    expect(live.transformOne(toVector({ a: 1 }))).toEqual({ names: ["a"], values: [1] });
    expect(live.close()).toEqual(learned([]).close());
  });

  test("of a group never seen is 0, or the prior", () => {
    expect(meanOf(learned([[{ origin: "LAX" }, 4]]), "JFK")).toBe(0);
    expect(meanOf(learned([[{ origin: "LAX" }, 4]], { prior: 8, priorWeight: 2 }), "JFK")).toBe(8);
  });

  test("leaves the prior behind as the group grows", () => {
    const live = learned([[{ origin: "LAX" }, 2]], { prior: 8, priorWeight: 2 });

    expect(meanOf(live, "LAX")).toBe((2 + 8 * 2) / 3);
  });

  test("of true and false is the share of true", () => {
    const rows = [true, false, false, true].map((y): [Features, Target] => [{ origin: "LAX" }, y]);

    expect(meanOf(learned(rows), "LAX")).toBe(0.5);
  });
});

describe("the other statistics of the target", () => {
  const rows = [2, 5, 11].map((y): [Features, Target] => [{ origin: "LAX" }, y]);
  const of = (type: LearnerType, x: Features, options = {}) => {
    const transformer = type.create({ by: "origin", ...options }, { isIndicator: () => false }) as Transformer;
    const live = transformer.open(transformer.init());
    for (const [example, y] of rows) live.learnOne(toVector(example), y);
    return live.transformOne(toVector(x));
  };

  test("are the count, and the variance with ddof 1, of the group", () => {
    expect(of(targetCount, { origin: "LAX" })).toEqual({ names: ["target_count_by_origin"], values: [3] });
    expect(of(targetVariance, { origin: "LAX" })).toEqual({ names: ["target_variance_by_origin"], values: [21] });
  });

  test("are 0 of a group never seen", () => {
    expect(of(targetCount, { origin: "JFK" }).values).toEqual([0]);
    expect(of(targetVariance, { origin: "JFK" }).values).toEqual([0]);
  });

  test("hand the text on where it is still needed", () => {
    const { names, values } = of(targetCount, { origin: "LAX", a: 1 }, { keepText: true });

    expect(names).toEqual(["origin", "a", "target_count_by_origin"]);
    expect(values).toEqual(["LAX", 1, 3]);
  });
});
