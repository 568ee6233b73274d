import { expect, test } from "vitest";
import { eventOf } from "../broker-under-test.contract.ts";
import type { Entry } from "../lane.ts";
import { PartitionSupply } from "./partition-supply.ts";

const entry = (seq: number, size = 1): Entry => ({ seq, hops: 0, event: eventOf(seq), size, time: seq });
const entries = (from: number, to: number, size = 1) =>
  Array.from({ length: to - from }, (_, i) => entry(from + i, size));

/** As the consumer hands over what it fetched. */
function fetched(supply: PartitionSupply, from: number, to: number): void {
  supply.add(
    entries(from, to).filter(({ seq }) => supply.isWanted(seq)),
    to,
  );
}

function takeAll(supply: PartitionSupply): number[] {
  const taken: number[] = [];
  for (let one = supply.take(); one !== undefined; one = supply.take()) taken.push(one.seq);
  return taken;
}

test("it begins at the committed offset, in order, and lag is what is left of the log", () => {
  const supply = new PartitionSupply({ upTo: 9, open: [] }, () => 15);

  expect([supply.next, supply.lag, supply.upTo]).toEqual([10, 5, 9]);
  fetched(supply, 10, 14);
  expect([supply.next, supply.lag, supply.upTo]).toEqual([14, 5, 9]);
  expect(takeAll(supply)).toEqual([10, 11, 12, 13]);
  for (let i = 0; i < 4; i++) supply.settled();
  expect([supply.lag, supply.upTo]).toEqual([1, 13]);
});

test("what an earlier life settled beyond what it had open is not delivered again", () => {
  const supply = new PartitionSupply({ upTo: 20, open: [10, 15] }, () => 23);

  expect([supply.next, supply.lag]).toEqual([10, 4]);
  fetched(supply, 10, 23);

  expect(takeAll(supply)).toEqual([10, 15, 21, 22]);
  expect(supply.lag).toBe(4);
});

test("until it has passed that part, what is told of it counts as settled what was", () => {
  const supply = new PartitionSupply({ upTo: 20, open: [10, 15] }, () => 23);

  // In order: 10 is settled, 15 is under way.
  expect(supply.positionOf({ upTo: 14, open: [] }, [])).toEqual({ upTo: 20, open: [15] });
  // In no order: 15 is settled, 10 is under way, and a reply of 12 is being written.
  expect(supply.positionOf({ upTo: 20, open: [10] }, [12])).toEqual({ upTo: 20, open: [10, 12] });
  expect(supply.positionOf({ upTo: 22, open: [] }, [])).toEqual({ upTo: 22, open: [] });
});

test("what comes twice is taken once", () => {
  const supply = new PartitionSupply({ upTo: -1, open: [] }, () => 8);

  fetched(supply, 0, 5);
  fetched(supply, 3, 8);

  expect(takeAll(supply)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("it is full by number and by bytes, and has room again when half is gone", () => {
  const many = new PartitionSupply({ upTo: -1, open: [] }, () => 5000);
  many.add(entries(0, 1024), 1024);
  const large = new PartitionSupply({ upTo: -1, open: [] }, () => 5000);
  large.add(entries(0, 4, 1024 * 1024), 4);

  expect([many.isFull, large.isFull]).toEqual([true, true]);
  for (let i = 0; i < 511; i++) many.take();
  large.take();
  expect([many.isFull, many.hasRoom, large.isFull, large.hasRoom]).toEqual([false, false, false, false]);
  many.take();
  large.take();
  expect([many.hasRoom, large.hasRoom]).toEqual([true, true]);
});

test("what is put back comes before all else", () => {
  const supply = new PartitionSupply({ upTo: -1, open: [] }, () => 4);
  fetched(supply, 0, 4);
  const [first, second] = [supply.take(), supply.take()];

  supply.putBack([first, second].filter((one) => one !== undefined));

  expect(takeAll(supply)).toEqual([0, 1, 2, 3]);
});
