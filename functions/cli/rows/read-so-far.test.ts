import { expect, test } from "vitest";
import { expectedRows } from "./read-so-far.ts";

const ALL = Number.POSITIVE_INFINITY;

test("how many rows there are is told by those that were found, and known once all is read", () => {
  expect(expectedRows({ found: 100, bytesRead: 1000, bytes: 10_000 }, ALL)).toBe(1000);
  expect(expectedRows({ found: 990, bytesRead: 10_000, bytes: 10_000 }, ALL)).toBe(990);
});

test("a file that grew while it was read is read to its end", () => {
  expect(expectedRows({ found: 100, bytesRead: 2000, bytes: 1000 }, ALL)).toBe(100);
});

test("no more than are wanted; of a pipe nobody knows", () => {
  expect(expectedRows({ found: 100, bytesRead: 1000, bytes: 10_000 }, 50)).toBe(50);
  expect(expectedRows({ found: 100, bytesRead: 1000, bytes: undefined }, ALL)).toBeUndefined();
  expect(expectedRows({ found: 100, bytesRead: 1000, bytes: undefined }, 50)).toBe(50);
  expect(expectedRows({ found: 0, bytesRead: 0, bytes: 1000 }, ALL)).toBeUndefined();
});
