// What records and committed offsets tell together, beside a plain count of the same.

import fc from "fast-check";
import { expect, test } from "vitest";
import { EventType } from "../../../events/vocabulary.ts";
import { eventOf } from "../../broker-under-test.contract.ts";
import { Tally } from "./tally.ts";
import { Track } from "./track.ts";

const TYPES = [EventType.observation, EventType.featuresExtracted, "dev.wadi.mistyped", "x.of.others"];
const NAMES = ["validate", "predict"];

test("whatever is read and committed in whatever steps: handled and lag are what matches before and after the commit", () => {
  const step = fc.record({
    partition: fc.nat({ max: 1 }),
    types: fc.array(fc.nat({ max: 3 }), { maxLength: 5 }),
    commit: fc.nat({ max: 8 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat({ max: 3 }), (steps, lost) => {
      const tally = new Tally(NAMES.map((name, i) => ({ name, filters: [{ exact: { type: TYPES[i] as string } }] })));
      const begins = new Map([0, 1].map((partition) => [partition, 10]));
      tally.begin(begins, begins, 0);
      // A group that has not passed `lost` records of the first partition which nobody has read.
      const committed = new Map([[0, 10 - lost], [1, 10]]); // biome-ignore format: short
      const records: string[][] = [[], []];
      const passed = [10 - lost, 10];
      let handled = 0;
      tally.look("validate", committed);

      for (const { partition, types, commit } of steps) {
        for (const type of types) {
          const offset = 10 + (records[partition]?.push(TYPES[type] as string) ?? 0) - 1;
          tally.take(partition, offset, offset, eventOf(offset, { type: TYPES[type] }));
        }
        const end = 10 + (records[partition]?.length ?? 0);
        const [before, after] = [passed[partition] ?? 0, Math.min(end, (passed[partition] ?? 0) + commit)];
        passed[partition] = after;
        committed.set(partition, after);
        const isOurs = (type: string | undefined) => type === EventType.observation;
        const whole = passed[0] ?? 0;
        const told = tally.look("validate", committed);
        if (before >= 10) handled += (records[partition]?.slice(before - 10, after - 10) ?? []).filter(isOurs).length;
        // Y1: counting begins once all that it has not passed was read.
        if (partition === 0 && before < 10) handled = 0;
        const waits = [0, 1].flatMap((one) => records[one]?.slice(Math.max(0, (passed[one] ?? 0) - 10)) ?? []);
        if (whole >= 10) expect(told?.lag).toBe(waits.filter(isOurs).length);
        else {
          handled = 0;
          expect(told).toMatchObject({ unread: new Map([[0, whole]]) });
          expect(told).not.toHaveProperty("lag");
          expect(told).not.toHaveProperty("handled");
        }
        if (whole >= 10 && lost === 0) expect(told?.handled).toBe(handled);
      }
      const all = records.flat();
      expect([tally.received, tally.unmatched]).toEqual([
        all.filter((type) => type === EventType.observation || type === "dev.wadi.mistyped").length,
        all.filter((type) => type === "dev.wadi.mistyped").length,
      ]);
    }),
  );
});

test("a track remembers the newest records, however many come and with whatever holes, and when the first that matches was written", () => {
  const step = fc.record({
    hole: fc.oneof(fc.constant(0), fc.nat({ max: 20 }), fc.constant(5000)),
    mask: fc.nat({ max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 100 }), (steps, from) => {
      const track = new Track(7, 32);
      const records: { readonly offset: number; readonly mask: number }[] = [];
      let offset = 6;
      for (const { hole, mask } of steps) {
        offset += 1 + hole;
        records.push({ offset, mask });
        track.put(offset, 1000 + offset, mask);
      }

      const known = records.filter((one) => one.offset >= Math.max(track.from, from) && (one.mask & 2) === 2);
      expect(track.next).toBe(offset + 1);
      expect(track.next - track.from).toBeLessThanOrEqual(32);
      expect(track.count(1, from)).toBe(known.length);
      expect(track.oldest(1, from)).toBe(known[0] && 1000 + known[0].offset);
    }),
  );
});
