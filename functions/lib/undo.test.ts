import { expect, test } from "vitest";
import { silentLog } from "./telemetry/log.ts";
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

test("after a start that failed its own error is told, and what fails on the way back is logged", async () => {
  const { done, undo } = steps("store");
  const lines: unknown[] = [];
  const log = { ...silentLog, warn: (fields: object, message: string) => void lines.push({ ...fields, message }) };

  await expect(undoAfter(new Error("the port is taken"), undo, log)).rejects.toThrow("the port is taken");

  expect(done).toEqual(["broker", "store", "lock"]);
  expect(lines).toEqual([
    { err: new Error("store cannot be closed"), message: expect.stringMatching(/start that failed/) },
  ]);
});
