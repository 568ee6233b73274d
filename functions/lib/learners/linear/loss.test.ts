import { describe, expect, test } from "vitest";
import type { Part } from "../learner.ts";
import { make } from "../named-part.ts";
import { losses } from "./loss.ts";

describe("the gradient of a loss of regression", () => {
  test.each<[Part, readonly number[]]>([
    ["squared", [-6, -2, 0, 2, 6]],
    ["absolute", [-1, -1, -1, 1, 1]],
    [{ huber: { epsilon: 2 } }, [-2, -1, 0, 1, 2]],
    [{ quantile: { alpha: 0.75 } }, [-0.75, -0.75, -0.75, 0.25, 0.25]],
    [{ "epsilon-insensitive": { eps: 1 } }, [-1, 0, 0, 0, 1]],
  ])("%j at errors of -3, -1, 0, 1 and 3", (loss, gradients) => {
    const gradient = make(losses, loss);

    expect([-3, -1, 0, 1, 3].map((error) => gradient(10, 10 + error))).toEqual(gradients);
  });
});
