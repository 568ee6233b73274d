import { expect, test } from "vitest";
import { eventOf } from "../../broker-under-test.contract.ts";
import { CLAIM_MS, type Decision, decisionOf, decisionRecord } from "./decision.ts";
import { LetterView } from "./view.ts";

function viewOf(letters: readonly [partition: number, offset: number][]): LetterView {
  const view = new LetterView();
  for (const [partition, offset] of letters) {
    const number = view.numberOf(partition, offset);
    view.put({
      number,
      trigger: "learn",
      time: 1000 + offset,
      reason: "503",
      event: eventOf(`${partition}/${offset}`),
    });
  }
  return view;
}

const idsIn = (view: LetterView) => view.list({ first: "oldest", limit: 99 }).map(({ event }) => event.id);
const decide = (kind: Decision["kind"], token: string, time: number, key = "0:0:1000"): Decision => ({
  key,
  kind,
  token,
  time,
});

test("a number is made of partition and offset, however many partitions there are by now", () => {
  const view = viewOf([
    [0, 0],
    [0, 7],
    [2, 7],
    [999, 8],
  ]);

  const letters = view.list({ first: "oldest", limit: 9 });
  expect(letters.map(({ number }) => number)).toEqual([1, 7001, 7003, 9000]);
  expect(letters.map((letter) => view.keyOf(letter))).toEqual(["0:0:1000", "0:7:1007", "2:7:1007", "999:8:1008"]);
});

test("of two claims the earlier one wins, until it is so old that its process must have died", () => {
  const view = viewOf([[0, 0]]);

  view.decide(decide("claimed", "a", 0));
  view.decide(decide("claimed", "b", CLAIM_MS - 1));
  expect(view.decision("0:0:1000")?.token).toBe("a");
  view.decide(decide("claimed", "b", CLAIM_MS));
  expect(view.decision("0:0:1000")?.token).toBe("b");
  expect(view.count).toBe(1);
});

test("whoever claimed may claim again at once, so that what failed half-way is tried again", () => {
  const view = viewOf([[0, 0]]);

  view.decide(decide("claimed", "a", 0));
  view.decide(decide("claimed", "a", 5));

  expect(view.decision("0:0:1000")).toMatchObject({ token: "a", time: 5 });
});

test.each(["redriven", "dropped"] as const)("what was %s is gone, whatever comes later", (kind) => {
  const view = viewOf([
    [0, 0],
    [0, 1],
  ]);

  view.decide(decide(kind, "a", 0));
  view.decide(decide("claimed", "b", 10));
  view.decide(decide("dropped", "b", 20));

  expect(view.decision("0:0:1000")).toMatchObject({ kind, token: "a" });
  expect([idsIn(view), view.count]).toEqual([["0/1"], 1]);
});

test("a decision that is read before its letter counts all the same", () => {
  const view = new LetterView();
  view.decide(decide("dropped", "a", 0));

  view.put({ number: 1, trigger: "learn", time: 1000, reason: "503", event: eventOf(1) });

  expect([idsIn(view), view.count]).toEqual([[], 0]);
});

test("a decision about a letter does not count for another one at the same offset, in a recreated topic", () => {
  const view = new LetterView();
  view.decide(decide("redriven", "a", 2000));

  view.put({ number: 1, trigger: "learn", time: 5000, reason: "503", event: eventOf(1) });

  expect([idsIn(view), view.count]).toEqual([["1"], 1]);
  view.decide(decide("dropped", "b", 6000, "0:0:5000"));
  expect([idsIn(view), view.count]).toEqual([[], 0]);
});

test("a letter that is read twice is there once, and what the topic no longer keeps is gone", () => {
  const view = viewOf([
    [0, 3],
    [0, 3],
    [1, 2],
    [0, 4],
  ]);

  view.trim(0, 4);

  expect([idsIn(view), view.count]).toEqual([["1/2", "0/4"], 2]);
});

test("a decision comes back from its record, and what is none is none", () => {
  const decision = decide("claimed", "a", 17, "3:4");
  const { key, value, timestamp = "" } = decisionRecord(decision);
  const record = { key: Buffer.from(String(key)), value: Buffer.from(String(value)), timestamp, offset: "0" };

  expect(decisionOf(record)).toEqual(decision);
  expect(decisionOf({ ...record, value: null })).toBeUndefined();
  expect(decisionOf({ ...record, value: Buffer.from('{"kind":"eaten","token":"a"}') })).toBeUndefined();
});
