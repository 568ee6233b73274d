import { expect, test } from "vitest";
import { SeededRandom } from "./seeded-random.ts";

test("the same state draws the same numbers, and goes on where it was", () => {
  const once = new SeededRandom(7);
  const numbers = Array.from({ length: 10 }, () => once.next());

  const first = new SeededRandom(7);
  const half = Array.from({ length: 5 }, () => first.next());
  const second = new SeededRandom(JSON.parse(JSON.stringify(first.state)));

  expect([...half, ...Array.from({ length: 5 }, () => second.next())]).toEqual(numbers);
  expect(new SeededRandom(8).next()).not.toBe(numbers[0]);
});

test.each([0, 1, 0xffffffff])("all whole numbers are drawn about equally often, from seed %s", (seed) => {
  const random = new SeededRandom(seed);
  const counts = new Array<number>(10).fill(0);

  for (let i = 0; i < 100_000; i++) {
    const drawn = random.below(10);
    counts[drawn] = (counts[drawn] as number) + 1;
  }

  // Five standard deviations.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(9000));
});
