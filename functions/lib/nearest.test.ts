import { describe, expect, it } from "vitest";
import { nearest, suggestion } from "./nearest.ts";

const known = ["linear-regression", "logistic-regression", "standard-scaler", "huber", "mae", "rmse"];

describe("nearest", () => {
  it.each([
    ["linear-regresion", "linear-regression"],
    ["LinearRegression", "linear-regression"],
    ["standard_scaler", "standard-scaler"],
    ["hubr", "huber"],
    ["mea", "mae"],
    ["random-forest", undefined],
    ["x", undefined],
    ["y".repeat(100_000), undefined],
  ])("finds what %s was meant to be: %s", (name, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });

  it("lists what there is where nothing is near", () => {
    expect(suggestion("random-forest", ["mae", "rmse"])).toBe(": use one of mae, rmse");
  });
});
