// wadi events against a real Wadi: what it shows, and how it follows.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type AtEnd, newFolder, type Running, startRunning, TOKEN } from "../../admin/fixtures/running.ts";
import type { TailEvent } from "../../admin/shapes/events.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { run, type Surroundings } from "../program-under-test.contract.ts";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { eventLines } from "./view.ts";

let running: Running;
const undo: (() => unknown)[] = [];
const atEnd: AtEnd = (one) => undo.unshift(one);

beforeAll(async () => {
  running = await startRunning({}, atEnd);
  await running.send("observation", "o1", { x: 1, y: 2 });
  await running.send("observation", "bad", { x: "text" });
  await running.settled();
});
afterAll(async () => {
  for (const one of undo) await one();
});

const ask = (args: readonly string[], surroundings: Surroundings = {}) =>
  run([...args, "--url", running.url, "--token", TOKEN], surroundings);
const lines = (text: string) => text.split("\n").filter((line) => line !== "");

/** Waits of `ms` call `then` with their number, and are over at once. */
function steppedClock(ms: number, then: (step: number) => Promise<unknown>): Clock {
  let step = 0;
  const after = (wanted: number, fire: () => void) => {
    if (wanted !== ms) return systemClock.after(wanted, fire);
    void then(++step).then(fire);
    return () => {};
  };
  return { ...systemClock, after };
}

test("the newest events stand in columns: when, whose work, what, of what, and what it says", async () => {
  const { code, out, err } = await ask(["events"]);

  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^\d\d:\d\d:\d\dZ {2}received {3}observation {12}line o1 {15}x 1, y 2$/m);
  expect(out).toMatch(/^\S+ {2}validate {3}observation\.validated {2}line o1 /m);
  expect(out).toMatch(/^\S+ {2}given up {3}observation {12}line bad {14}by validate: schema: /m);
  expect(out).toMatch(/^\S+ {2}learn {6}model\.updated {10}line {18}version 1 of line, 1 example$/m);
});

test.each([
  [["--outcome", "dead-letter"], ["bad"]],
  [
    ["--type", "observation"],
    ["o1", "bad", "bad"],
  ],
  [["--type", "dev.wadi.observation", "--limit", "1"], ["bad"]],
  [
    ["--subject", "bad", "--pipeline", "line"],
    ["bad", "bad"],
  ],
  [["--pipeline", "flights"], []],
])("with %j only such are shown", async (flags, ids) => {
  const { out } = await ask(["events", "--json", ...flags]);

  expect((JSON.parse(out) as { items: TailEvent[] }).items.map(({ id }) => id)).toEqual(ids);
});

test("where nothing matches that is said; a limit that is none is refused", async () => {
  expect((await ask(["events", "--pipeline", "flights"])).out).toBe("No such event is kept.\n");
  expect(await ask(["events", "--limit", "1001"])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--limit: "1001" is not a whole number from 1 to 1000'),
  });
});

test("--follow shows the newest, then each event once as it comes, until Ctrl-C", async () => {
  const clock = steppedClock(500, async (step) => {
    if (step <= 3) {
      await running.send("label", `f${step}`, { y: 1 }, { subject: "of nobody" });
      await running.settled();
    } else process.emit("SIGINT");
  });

  const { code, out, err } = await ask(["events", "--follow", "--json", "--type", "label"], { clock });

  expect({ code, err }).toEqual({ code: 130, err: "" });
  expect(lines(out).map((line) => (JSON.parse(line) as TailEvent).id)).toEqual(["f1", "f2", "f3"]);
});

test("--follow tells what came and went between two looks", async () => {
  const clock = steppedClock(500, async (step) => {
    if (step === 1) {
      const events = Array.from({ length: 12_000 }, (_, i) => ({
        ...{ specversion: "1.0", type: "x.of.nobody", source: "/many", id: `${i}`, data: {} },
      }));
      await running.wadi.broker.publishAll(events as never);
    } else process.emit("SIGINT");
  });

  const { out, err } = await ask(["events", "--follow", "--json"], { clock });

  const many = lines(out).filter((line) => (JSON.parse(line) as TailEvent).source === "/many");
  expect(many).toHaveLength(10_000);
  expect((JSON.parse(many[0] ?? "") as TailEvent).id).toBe("2000");
  expect(err).toBe("2,000 events came and went before they could be read.\n");
});

test("--follow waits for a Wadi that is started anew, says so once, and shows all that the new one has", async () => {
  const folder = newFolder();
  let own = await startRunning({ dataFolder: folder });
  await own.send("observation", "before", { x: 1 });
  await own.settled();
  const clock = steppedClock(500, async (step) => {
    if (step === 1) await own.stop();
    if (step === 3) {
      own = await startRunning({ dataFolder: folder });
      await own.send("observation", "after", { x: 1 });
      await own.settled();
    }
    if (step === 4) process.emit("SIGINT");
  });

  const args = ["events", "--follow", "--json", "--type", "observation", "--data", folder];
  const { code, out, err } = await run(args, { clock });

  expect(code).toBe(130);
  expect(lines(out).map((line) => (JSON.parse(line) as TailEvent).id)).toEqual(["before", "after"]);
  expect(err.match(/No answer, asked again/g)).toHaveLength(1);
});

test("where none runs, it says who has them", async () => {
  const own = await startRunning();
  await own.stop();

  const { code, out, err } = await run(["events", "--data", own.folder]);

  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("no events are kept here: a Wadi that runs in one process (wadi start)");
});

test("a line is no wider than the terminal, and hostile names do nothing to it", () => {
  const hostile = "a\u001b[2J\u202e\n😀".repeat(20);
  const item: TailEvent = {
    ...{ number: 1, time: 0, outcome: "dead-letter", type: hostile, source: hostile, id: hostile, subject: hostile },
    ...{ pipeline: hostile, step: hostile, detail: hostile },
  };
  for (const columns of [40, 80, 200]) {
    const [line = ""] = eventLines([item], recordedOutput({ columns, env: { NO_COLOR: "1", LANG: "C.UTF-8" } }));

    expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
    expect([...line].length).toBeLessThanOrEqual(columns);
  }
});
