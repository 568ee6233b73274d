import { expect, test } from "vitest";
import { eventOf } from "../broker-under-test.contract.ts";
import type { Entry } from "../lane.ts";
import { RECENT_ENTRIES, Recent } from "./recent.ts";

const entry = (seq: number, size = 100): Entry => ({ seq, hops: 0, event: eventOf(seq), size, time: seq });

function filled(from: number, count: number, size?: number): Recent {
  const recent = new Recent(from - 1);
  for (let seq = from; seq < from + count; seq++) recent.push(entry(seq, size));
  return recent;
}

test("what was pushed is had by its number; what came before and what has not come yet is not", () => {
  const recent = filled(41, 3);

  expect([40, 41, 43, 44].map((seq) => recent.get(seq)?.event.id)).toEqual([undefined, "41", "43", undefined]);
});

test("nothing is had of an empty one", () => {
  const recent = new Recent(7);

  expect([0, 7, 8].map((seq) => recent.get(seq))).toEqual([undefined, undefined, undefined]);
});

test("of more than 4096 the newest are kept", () => {
  const recent = filled(1, RECENT_ENTRIES + 10);

  expect([10, 11, 4106].map((seq) => recent.get(seq)?.seq)).toEqual([undefined, 11, 4106]);
});

test("of more than 16 MiB the newest are kept", () => {
  const MiB = 1024 * 1024;

  const recent = filled(1, 20, MiB);

  expect([4, 5, 20].map((seq) => recent.get(seq)?.seq)).toEqual([undefined, 5, 20]);
});

test("one entry beyond all bounds is not kept, and those after it are", () => {
  const recent = filled(1, 1, 1e9);

  recent.push(entry(2));

  expect([1, 2].map((seq) => recent.get(seq)?.seq)).toEqual([undefined, 2]);
});
