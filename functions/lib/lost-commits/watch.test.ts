import { beforeEach, expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import type { Happening } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import { createTelemetry } from "../telemetry/metrics.ts";
import { createStoreWatch, GAP_REPLAYED, openLostCommits, STORE_REGRESSED, type StoreWatch } from "./watch.ts";

const at = (version: number, generation = "1") => ({ generation, version });

let watch: StoreWatch;
let happenings: Happening[];
let lines: string[];
let told: () => Promise<number>;
beforeEach(() => {
  const telemetry = createTelemetry();
  const clock = manualClock(7);
  happenings = [];
  lines = [];
  const say = (_fields: unknown, message: string) => void lines.push(message);
  const log: Log = { debug: say, info: say, warn: say, error: say };
  watch = createStoreWatch({ clock, telemetry, log, activity: { append: (one) => void happenings.push(one) } });
  told = async () => (await telemetry.storeRegressed.get()).values.reduce((sum, { value }) => sum + value, 0);
});

const found = (version: number, generation?: string) => watch.asking("a/x")(at(version, generation));

test("a lost version shows in the metrics, in the log with the cure, and in the activity", async () => {
  watch.seen("a/x", at(17));

  found(12);

  expect(await told()).toBe(1);
  expect(lines).toEqual([
    expect.stringMatching(
      /lost some of a\/x: it has version 12, and 17 was there .*; wadi replay --pipeline <name> --gap feeds again/,
    ),
  ]);
  expect(happenings).toEqual([
    { time: 7, kind: STORE_REGRESSED, pipeline: "a", detail: expect.stringContaining("version 12, and 17") },
  ]);
});

test("a loss is reported once, however many predictions it served, and however many answers show it", async () => {
  found(17);
  const [first, second] = [watch.asking("a/x"), watch.asking("a/x")];

  first(at(12));
  second(at(12));
  watch.seen("a/x", at(16));
  found(13);

  expect(await told()).toBe(1);
});

test("a second loss is reported, too, within what was lost before and beyond it", async () => {
  found(17);
  found(12);
  found(15);

  found(14);
  watch.seen("a/x", at(18));
  found(16);

  expect(await told()).toBe(3);
});

test("a commit must bring a version newer than all there were", async () => {
  found(5);
  watch.asking("a/x")(at(6), 5);
  expect(await told()).toBe(0);

  watch.asking("a/x")(at(6), 5);

  expect(await told()).toBe(1);
  expect(happenings[0]?.detail).toContain("version 5, and 6 was there");
});

test("versions are compared within a generation and a set, and an answer that was overtaken is no loss", async () => {
  const early = watch.asking("a/x");
  found(9);
  early(at(4));
  watch.asking("b")(at(1));
  found(2, "2");
  watch.seen("a/x", at(30));

  found(3, "2");

  expect(await told()).toBe(0);
});

test("what an event claims is a hint in the log: it raises no alarm, and hides none below it", async () => {
  found(5);
  watch.claimed("a/x", at(999_999_999), at(5));
  found(6);

  expect(await told()).toBe(0);
  expect(happenings).toEqual([]);
  expect(lines).toEqual([expect.stringMatching(/a\/x says that version 999999999 served it, and the store has 5: if/)]);

  found(3);

  expect(await told()).toBe(1);
  expect(happenings[0]?.detail).toContain("version 3, and 6 was there");
});

test("a claim of what the store has, or of another generation, is no hint; of forged ones ten a minute are logged", () => {
  watch.claimed("a/x", at(5), at(5));
  watch.claimed("a/x", at(9, "2"), at(5));
  expect(lines).toEqual([]);

  for (let i = 0; i < 100; i++) watch.claimed("a/x", at(1000 + i), at(5));
  watch.seen("a/x", at(9));
  found(5);

  expect(lines).toHaveLength(11);
  expect(lines[10]).toContain("lost some of a/x");
});

test("an empty store is a loss like any other", async () => {
  found(3);

  found(0);

  expect(await told()).toBe(1);
});

test("open losses are those not fed again since, each once, for as long as they can be", () => {
  const happening = (time: number, kind: string, pipeline: string, detail = "lost") => ({
    time,
    kind,
    pipeline,
    detail,
  });
  const tail = [
    happening(9, STORE_REGRESSED, "a", "again"),
    happening(8, GAP_REPLAYED, "a"),
    happening(7, STORE_REGRESSED, "a"),
    happening(6, STORE_REGRESSED, "b"),
    happening(5, STORE_REGRESSED, "b"),
    happening(4, "other", "c"),
    happening(1, STORE_REGRESSED, "d", "long ago"),
  ];

  expect(openLostCommits(tail, 2)).toEqual([tail[0], tail[3]]);
});
