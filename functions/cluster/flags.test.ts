import { expect, test } from "vitest";
import { reachedBy } from "./flags.ts";

test.each([
  ["the Wadi here takes nothing more", {}, ""],
  ["one on a cluster is named as it was", { cluster: true }, " --cluster"],
  [
    "so is one of another context and namespace",
    { context: "prod", namespace: "ml" },
    " --cluster --context prod --namespace ml",
  ],
])("what to type next: %s", (_title, flags, expected) => {
  expect(reachedBy(flags)).toBe(expected);
});
