import { expect, onTestFinished, test } from "vitest";
import { eventOf, triggerOf } from "../broker-under-test.contract.ts";
import { rowOf } from "../event-row.ts";
import type { Entry, Position } from "../lane.ts";
import { type Journal, openJournal } from "./journal.ts";
import { Recent } from "./recent.ts";
import { Supply } from "./supply.ts";

/** A journal of events of these types, numbered from 1; of the newest `known` the objects are still at hand. */
function logOf(types: readonly string[], known = 0) {
  const journal = openJournal(":memory:");
  onTestFinished(() => journal.close());
  const log = { journal, recent: new Recent(types.length - known), tail: 0 };
  const append = (type: string): Entry => {
    const seq = ++log.tail;
    const event = eventOf(seq, { type });
    const row = rowOf(event);
    journal.write((writer) => writer.append(seq, 0, 0, type, row));
    const entry = { seq, hops: 0, event, size: row.size, time: 0 };
    if (seq > types.length - known) log.recent.push(entry);
    return entry;
  };
  types.forEach(append);
  return { log, journal, append };
}

const START: Position = { upTo: 0, open: [] };
const supplyOf = (log: ReturnType<typeof logOf>["log"], position = START) => new Supply(triggerOf(), log, position);

/** All that can be had now, however many looks at the log it takes. */
function drain(supply: Supply): number[] {
  const taken: number[] = [];
  for (let entry = supply.take(); entry !== undefined || supply.behind; entry = supply.take()) {
    if (entry !== undefined) taken.push(entry.seq);
  }
  return taken;
}

test.each([
  ["read from the journal", 0],
  ["half of it at hand", 3],
  ["all of it at hand", 6],
])("what matches is had in order, once, %s", (_how, known) => {
  const { log } = logOf(["a", "b", "a", "c", "a", "b"], known);
  const supply = supplyOf(log);

  expect(supply.lag).toBe(3);
  expect(drain(supply)).toEqual([1, 3, 5]);
  expect(drain(supply)).toEqual([]);
  expect(supply).toMatchObject({ upTo: 6, lag: 3, behind: false });
});

test("it begins after its position, with what was open there first", () => {
  const { log } = logOf(["a", "a", "a", "a"]);

  const supply = supplyOf(log, { upTo: 3, open: [1, 3] });

  expect(supply.lag).toBe(3);
  expect(supply.again.map(({ seq }) => seq)).toEqual([1, 3]);
  expect(drain(supply)).toEqual([1, 3, 4]);
});

test("an open event that is no longer in the journal is no lag", () => {
  const { log, journal } = logOf(["a", "a", "a"]);
  journal.write((writer) => writer.trimOldest(1, 10));

  const supply = supplyOf(log, { upTo: 2, open: [1, 2] });

  expect(supply.lag).toBe(2);
  expect(drain(supply)).toEqual([2, 3]);
});

test("upTo is how far it took: what lies in a page it holds is not taken", () => {
  const { log } = logOf(["a", "b", "a", "a", "b"]);
  const supply = supplyOf(log);

  const upTo = [supply.upTo];
  for (let i = 0; i < 3; i++) {
    supply.take();
    upTo.push(supply.upTo);
  }

  expect(upTo).toEqual([0, 1, 3, 5]);
});

test("where nothing else matches it goes to the end of the log without reading it", () => {
  const { log, journal, append } = logOf(["a"]);
  const supply = supplyOf(log);
  supply.take();
  supply.notice(append("b"));
  journal.write((writer) => writer.trimOldest(1, 10));

  expect(supply.take()).toBeUndefined();
  expect(supply).toMatchObject({ upTo: 2, behind: false, lag: 1 });
});

test("lag counts what matches and is not settled: new events, and those that were put back", () => {
  const { log, append } = logOf(["a", "a"]);
  const supply = supplyOf(log);
  const [first, second] = [supply.take() as Entry, supply.take() as Entry];
  supply.notice(append("a"));
  supply.notice(append("b"));
  expect(supply.lag).toBe(3);

  supply.settled();
  supply.putBack([second]);

  expect(supply.lag).toBe(2);
  expect(drain(supply)).toEqual([second.seq, 3]);
  expect(first.seq).toBe(1);
});

test("what is put back comes before what was put back earlier, and before all else", () => {
  const { log } = logOf(["a", "a", "a", "a", "a"]);
  const supply = supplyOf(log);
  const [one, two, three, four] = Array.from({ length: 4 }, () => supply.take() as Entry);

  supply.putBack([three, four] as Entry[]);
  supply.putBack([one, two] as Entry[]);

  expect(drain(supply)).toEqual([1, 2, 3, 4, 5]);
});

test("a long stretch without a match is passed a part at a time", () => {
  const { log } = logOf(["a", ...Array.from({ length: 10_000 }, () => "b"), "a"]);
  const supply = supplyOf(log);
  supply.take();

  let looks = 1;
  while (supply.take() === undefined) looks++;

  // 4096 events at a look; the first of them was at the take before.
  expect(looks).toBe(2);
  expect(supply.upTo).toBe(10_002);
});

test("a page is bounded in bytes as well", () => {
  const journal: Journal = openJournal(":memory:");
  onTestFinished(() => journal.close());
  const big = rowOf(eventOf(1, { data: "x".repeat(1024 * 1024) }));
  journal.write((writer) => {
    for (let seq = 1; seq <= 12; seq++) writer.append(seq, 0, 0, "a", big);
  });

  const page = journal.readPage(0, 12, () => true, undefined);

  expect(page.entries.length).toBe(4);
  expect(page.through).toBe(4);
});
