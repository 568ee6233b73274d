import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AlarmState, alarmProblem, alarmState, isAlarm, openAlarm, scoredOf } from "./alarm.ts";

const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });
const quantiles = fc.double({ min: 0.01, max: 0.99, noNaN: true });

function counted(quantile: number, given: readonly number[], state = alarmState(quantile)): AlarmState {
  const alarm = openAlarm(state);
  for (const score of given) alarm.add(alarm.said(score));
  return alarm.close();
}

describe("an alarm", () => {
  test("is raised by no score before there is a threshold, and by none while all scores are 0", () => {
    const alarm = openAlarm(counted(0.9, [0, 0, 0, 0, 0, 0, 0]));

    expect(openAlarm(alarmState(0.9)).said(1)).toEqual({ score: 1 });
    expect(alarm.said(1)).toEqual({ score: 1 });
    expect(isAlarm({ score: 1 })).toBe(false);
  });

  test("is raised by the score that reaches the threshold, and by no lower one", () => {
    expect(isAlarm({ score: 0.5, threshold: 0.5 })).toBe(true);
    expect(isAlarm({ score: 0.49, threshold: 0.5 })).toBe(false);
  });

  test("of a quantile of 0.9 comes about one time of ten where scores stay alike", () => {
    const alarm = openAlarm(alarmState(0.9));
    let raised = 0;
    for (let i = 1; i <= 5000; i++) {
      const said = alarm.said((i * 0.618_033_988_749_895) % 1);
      const scored = scoredOf(said);
      if (scored && isAlarm(scored)) raised++;
      alarm.add(said);
    }

    expect(raised / 5000).toBeGreaterThan(0.09);
    expect(raised / 5000).toBeLessThan(0.11);
  });

  test("says nothing of a model that said nothing, and does not count it", () => {
    const state = counted(0.9, [0.1, 0.2]);
    const alarm = openAlarm(state);

    expect(alarm.said(null)).toBeNull();
    alarm.add(null);

    expect(alarm.close()).toEqual(state);
  });

  test("goes on from its state, JSON between, to the bit, and the state is sound", () => {
    fc.assert(
      fc.property(scores, quantiles, fc.nat(), (given, quantile, cut) => {
        const half = cut % (given.length + 1);

        const once = counted(quantile, given);
        const first = JSON.parse(JSON.stringify(counted(quantile, given.slice(0, half)))) as AlarmState;
        const inTwo = counted(quantile, given.slice(half), first);

        expect(inTwo).toEqual(once);
        expect(alarmProblem(inTwo)).toBeUndefined();
      }),
    );
  });

  test("begins anew where the file names another quantile", () => {
    const state = counted(0.9, [0.1, 0.2, 0.3]);

    expect(alarmState(0.9, state)).toBe(state);
    expect(alarmState(0.8, state)).toEqual(alarmState(0.8));
  });
});

test.each<[string, Partial<AlarmState>, RegExp]>([
  ["a quantile past 1", { quantile: 1.5 }, /quantile/],
  ["half a score", { n: 6.5 }, /has counted 6\.5 scores/],
  ["too few heights", { heights: [1, 2] }, /has 2 heights of 7 scores/],
  ["heights that fall", { heights: [5, 4, 3, 2, 1] }, /heights that do not ascend/],
  ["a height that is null", { heights: [0, 0, 0, null as never, 1] }, /heights that do not ascend/],
  ["positions past the scores", { positions: [1, 2, 3, 4, 99] }, /positions/],
  ["two markers at one place", { positions: [1, 3, 3, 4, 7] }, /positions/],
  ["desired positions of other scores", { desired: [1, 2, 3, 4, 5] }, /desired positions/],
])("a state with %s is unsound", (_, wrong, words) => {
  const state = counted(0.9, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);

  expect(alarmProblem(state)).toBeUndefined();
  expect(alarmProblem({ ...state, ...wrong })).toMatch(words);
});
