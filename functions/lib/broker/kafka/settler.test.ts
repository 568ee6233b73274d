import type { Producer } from "kafkajs";
import { expect, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { UnavailableError } from "../../errors.ts";
import { eventOf, replyTo, subscriberOf, triggerOf, until } from "../broker-under-test.contract.ts";
import type { LaneHost } from "../lane.ts";
import { OrderedLane } from "../ordered-lane.ts";
import { UnorderedLane } from "../unordered-lane.ts";
import { type Part, positionIn } from "./offset-committer.ts";
import { positionOf } from "./offsets.ts";
import { PartitionSupply } from "./partition-supply.ts";
import { Partitioner } from "./partitioner.ts";
import { recordOf } from "./record.ts";
import { Settler } from "./settler.ts";
import { Writer } from "./writer.ts";

test.each([
  ["ordered", OrderedLane],
  ["unordered", UnorderedLane],
] as const)(
  "%s: no offset passes an event whose reply could not be written, not even between two promises",
  async (order, Lane) => {
    const supply = new PartitionSupply({ upTo: -1, open: [] }, () => 1);
    const trigger = triggerOf({ order });
    const host: LaneHost = {
      clock: manualClock(0),
      logAway: "kafka-unavailable",
      suspended: () => false,
      settle: (_lane, entry, outcome) => settler.settle(lane, entry, outcome),
      wake() {},
    };
    const lane = new Lane(
      trigger,
      subscriberOf((event) => ({ status: 200, event: replyTo(event) })),
      supply,
      host,
    );
    const part: Part = { partition: 0, lane, pending: new Set(), committed: "", isFull: false };
    const producer = { sendBatch: () => Promise.reject(new Error("away")) } as unknown as Producer;
    const failure = () => new UnavailableError("kafka-unavailable", "away");
    const writer = new Writer(producer, new Partitioner(), { failure, grown() {}, turned() {} });
    const passed: boolean[] = [];
    const look = () => {
      const { offset, metadata } = positionIn(part);
      const { upTo, open } = positionOf(Number(offset), metadata);
      passed.push(upTo >= 0 && !open.includes(0));
    };
    const settler = new Settler({ trigger, partOf: () => part, commitSoon() {}, wake() {} }, writer, {
      topic: "t",
      letters: "letters",
      maxHops: 8,
      now: () => 0,
      recordOf: (event, hops) => recordOf(event, hops, 0, 4096),
      appended() {},
      onDeadLetter() {},
      failed() {
        look();
        // As a commit that was waiting for the one before it.
        queueMicrotask(look);
      },
    });

    supply.add([{ seq: 0, hops: 0, event: eventOf(0), size: 1, time: 0 }], 1);
    lane.pump();
    await until(() => passed.length === 2 && supply.again.length + part.pending.size > 0);
    look();

    expect(passed).toEqual([false, false, false]);
  },
);
