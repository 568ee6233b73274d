import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TestSpecification, Vitest } from "vitest/node";
import { LONGEST, LongestFirst, ROOT } from "./longest-first.contract.ts";

test("every test file that begins first is there", () => {
  expect(LONGEST.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  expect(new Set(LONGEST).size).toBe(LONGEST.length);
});

test("the longest files begin first, and every other file is kept", async () => {
  const project = { name: "node", config: { sequence: { groupOrder: 0 }, isolate: false } };
  const specification = (file: string) => ({ moduleId: join(ROOT, file), project }) as unknown as TestSpecification;
  const [longest = "", second = ""] = LONGEST;
  const others = ["functions/house.test.ts", "functions/test-needs.test.ts"];
  const vitest = { cache: { getTestSpecificationResult: () => undefined } } as unknown as Vitest;

  const sorted = await new LongestFirst(vitest).sort([...others, second, longest].map(specification));

  // Of the others vitest takes the larger first.
  expect(sorted.map(({ moduleId }) => moduleId)).toEqual([longest, second, ...others].map((file) => join(ROOT, file)));
});
