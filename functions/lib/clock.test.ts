import { expect, test } from "vitest";
import { manualClock } from "./clock.ts";

test("a manual clock fires what falls due, in the order of its time, and stands at that time meanwhile", () => {
  const clock = manualClock(0);
  const fired: [string, number][] = [];
  clock.after(20, () => fired.push(["late", clock.now()]));
  clock.after(10, () => fired.push(["early", clock.now()]));
  clock.after(10, () => fired.push(["early too", clock.now()]));
  clock.after(31, () => fired.push(["not yet", clock.now()]));

  clock.advance(30);

  expect(fired).toEqual([
    ["early", 10],
    ["early too", 10],
    ["late", 20],
  ]);
  expect(clock.now()).toBe(30);
});

test("what is cancelled does not fire, and what is set meanwhile does", () => {
  const clock = manualClock(0);
  const fired: string[] = [];
  const cancel = clock.after(10, () => fired.push("cancelled"));
  clock.after(5, () => void clock.after(5, () => fired.push("set meanwhile")));

  cancel();
  clock.advance(10);

  expect(fired).toEqual(["set meanwhile"]);
});
