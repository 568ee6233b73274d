import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startInterval } from "./interval.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("work that takes longer than the interval is never done twice at a time, and goes on when it is over", async () => {
  const turns: PromiseWithResolvers<void>[] = [];
  const stop = startInterval(10, () => {
    const turn = Promise.withResolvers<void>();
    turns.push(turn);
    return turn.promise;
  });

  await vi.advanceTimersByTimeAsync(35);
  expect(turns).toHaveLength(1);
  turns[0]?.resolve();
  await vi.advanceTimersByTimeAsync(10);
  expect(turns).toHaveLength(2);
  turns[1]?.resolve();
  stop();
  await vi.advanceTimersByTimeAsync(100);

  expect(turns).toHaveLength(2);
});
