import { expect, test } from "vitest";
import { skippedLines } from "./test-needs.contract.ts";

const skipped = (...tags: string[]) => ({ tags });

test("what was skipped is said in one line for each need, with what brings it", () => {
  const lines = skippedLines([skipped("redis"), skipped("redis", "kafka"), skipped("fish")]);

  expect(lines).toEqual([
    "skipped 2 tests for want of a redis-server: apt-get install redis-server redis-tools",
    expect.stringMatching(/^skipped 1 test for want of a Kafka: apt-get install .* or KAFKA_BROKERS=/),
    "skipped 1 test for want of fish: apt-get install fish",
  ]);
});

test("a test that is skipped for no such need is counted, too; a run without skips says nothing", () => {
  expect(skippedLines([skipped()])).toEqual([
    "skipped 1 test for want of a reason of their own: their titles say which",
  ]);
  expect(skippedLines([])).toEqual([]);
});
