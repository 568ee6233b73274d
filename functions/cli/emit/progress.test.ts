import stringWidth from "string-width";
import { expect, test } from "vitest";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { readEmitOptions } from "./options.ts";
import { createEmitProgress } from "./progress.ts";
import { createTally } from "./tally.ts";

function progressOf(flags: object, reading = { found: 100, bytesRead: 1, bytes: 1 as number | undefined }) {
  const tally = createTally();
  const plan = readEmitOptions("a.csv", flags, {});
  const event = { specversion: "1.0", source: "/s", type: "dev.wadi.observation", id: "1" };
  const label = { ...event, type: "dev.wadi.label" };
  const accept = (n: number, one = event) => {
    for (let i = 0; i < n; i++) tally.accept({ event: one });
  };
  return { progress: createEmitProgress(plan, tally, () => reading), tally, accept, event, label };
}

test("in a pipe: what was accepted, the rate, what is left, and the share", () => {
  const { progress, accept } = progressOf({});

  accept(25);

  expect(progress.plain(1000)).toBe("25 accepted, 25/s, 3.0 s left, 25.0 %");
});

test("after an outage rate and estimate are those of the last seconds, whatever it took before", () => {
  const { progress, accept } = progressOf({}, { found: 10_000, bytesRead: 1, bytes: 1 });
  accept(1000);
  for (let second = 1; second <= 60; second++) progress.plain(1000 * second);

  for (let second = 61; second <= 66; second++) {
    accept(500);
    progress.plain(1000 * second);
  }

  expect(progress.plain(66_000)).toBe("4,000 accepted, 500/s, 12 s left, 40.0 %");
});

test("a slow rate is told by some events, however long they took", () => {
  const { progress, accept } = progressOf({});

  for (let second = 10; second <= 300; second += 10) {
    accept(1);
    progress.plain(1000 * second);
  }

  expect(progress.plain(300_000)).toContain("11 min 40 s left");
});

test("what was refused and skipped counts as done, and is shown", () => {
  const { progress, tally, accept, event } = progressOf({});

  accept(97);
  tally.refuse({ event }, "no");
  for (let i = 0; i < 2; i++) tally.skip({ number: i, text: "", fields: {} }, "torn");

  expect(progress.plain(2000)).toBe("97 accepted, 1 refused, 2 skipped, 49/s, 100 %");
});

test("where labels come late, a row is done with its label", () => {
  const { progress, accept, label } = progressOf({ lateLabels: "10", target: "y" });

  accept(100);
  expect(progress.plain(1000)).toContain("50.0 %");

  accept(100, label);
  expect(progress.plain(1000)).toContain("100 %");
});

test("without a known end there is no bar and no share", () => {
  const { progress, accept } = progressOf({}, { found: 10, bytesRead: 99, bytes: undefined });
  accept(10);

  expect(progress.plain(1000)).toBe("10 accepted, 10/s");
  expect(progress.draw(recordedOutput({ columns: 80 }), 79, 1000)).toHaveLength(1);
});

test.each([30, 60, 80, 120])("at %i columns the bar fits, and is no wider than it must be", (columns) => {
  const { progress, accept } = progressOf({});
  accept(50);

  const [barLine = ""] = progress.draw(recordedOutput({ columns }), columns - 1, 1000);

  expect(barLine).toContain(" 50.0 %");
  expect(stringWidth(barLine)).toBe(Math.min(67, columns - 1));
});
