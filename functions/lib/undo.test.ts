import { expect, test } from "vitest";
import { runAll, undoAfter } from "./undo.ts";

/** Three steps back, of which the named ones fail. */
function steps(...failing: string[]) {
  const done: string[] = [];
  const undo = ["broker", "store", "lock"].map((name) => async () => {
    done.push(name);
    if (failing.includes(name)) throw new Error(`${name} cannot be closed`);
  });
  return { done, undo };
}

test("all is closed though some of it fails, and the first failure is told", async () => {
  const { done, undo } = steps("broker", "store");

  await expect(runAll(undo)).rejects.toThrow("broker cannot be closed");

  expect(done).toEqual(["broker", "store", "lock"]);
});

test("after a start that failed its own error is told, and what fails on the way back is heard", async () => {
  const { done, undo } = steps("store");
  const heard: unknown[] = [];
  const start = undoAfter(new Error("the port is taken"), undo, (failure) => void heard.push(failure));

  await expect(start).rejects.toThrow("the port is taken");

  expect(done).toEqual(["broker", "store", "lock"]);
  expect(heard).toEqual([new Error("store cannot be closed")]);
});
