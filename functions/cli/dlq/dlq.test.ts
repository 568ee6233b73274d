// Dead letters, through the whole program: on a Wadi that runs, and on the folder of one that does not. One Wadi for all: each
// test makes its own dead letters, whose numbers follow those of the test before, and all of them go after it.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { newFolder, type Running, startRunning } from "../../admin/fixtures/running.ts";
import type { DeadLetterSummary } from "../../admin/shapes/shapes.ts";
import { run as runProgram, type Surroundings } from "../program-under-test.contract.ts";
import { afterTheLast } from "../shared-wadi.contract.ts";

const atEnd = afterTheLast();
let running: Running;
let data: string;

beforeAll(async () => {
  data = newFolder(atEnd);
  running = await startRunning({ dataFolder: data }, atEnd);
});
afterEach(() => dlq(["drop", "--all", "--yes"]));

const dlq = (args: readonly string[], surroundings?: Surroundings) =>
  runProgram(["dlq", ...args, "--data", data], surroundings);

/** Observations with a field that the schema has not; answers the numbers of their dead letters, in order. */
async function deadLetters(rows: number): Promise<readonly number[]> {
  const events = Array.from({ length: rows }, (_, i) => ({
    specversion: "1.0",
    type: "dev.wadi.observation",
    source: "/test",
    id: `bad-${i}`,
    pipeline: "line",
    datacontenttype: "application/json",
    data: { x: 1, y: 2, note: `n${i}` },
  }));
  await Promise.all(events.map((event) => running.wadi.broker.publish(event)));
  await running.settled();
  return numbers();
}

async function listed(...args: readonly string[]): Promise<readonly DeadLetterSummary[]> {
  return JSON.parse((await dlq(["list", "--json", ...args])).out).items;
}

/** Of all dead letters, the oldest first. */
const numbers = async () => (await listed("--limit", "10000")).map(({ number }) => number).sort((a, b) => a - b);

describe("list and show", () => {
  test("none is good news", async () => {
    expect(await dlq(["list"])).toMatchObject({ code: 0, out: "There are no dead letters.\n" });
  });

  test("newest first, with what each says; and as many as were asked for", async () => {
    const newest = (await deadLetters(3)).at(-1);

    const { out } = await dlq(["list", "--limit", "2"]);

    expect(out.split("\n")[0]).toMatch(/^number +given up +step +reason +subject +what it says$/);
    const row = `^ +${newest} +\\d s ago +validate +schema +bad-2 +data\\.note is not a field of the schema$`;
    expect(out).toMatch(new RegExp(row, "m"));
    expect(out).not.toContain("bad-0");
    expect(out).toContain("there are older ones: --limit");
  });

  test("filters by reason, step and time", async () => {
    await deadLetters(2);

    expect(await listed("--reason", "schema", "--step", "validate", "--since", "1h")).toHaveLength(2);
    expect(await listed("--reason", "late")).toEqual([]);
    expect(await listed("--step", "learn")).toEqual([]);
    expect(await listed("--until", "1h")).toEqual([]);
    expect(await listed("--since", "2001-01-01T00:00:00Z", "--until", "2001-02-01")).toEqual([]);
  });

  test("the subject is the same for programs as for people", async () => {
    await deadLetters(1);

    expect((await listed())[0]).toMatchObject({ subject: "bad-0" });
  });

  test("a mistyped reason or step suggests the one that is there", async () => {
    await deadLetters(1);

    const suggested = async (...args: readonly string[]) => (await dlq(args)).out;

    expect(await suggested("list", "--reason", "schma")).toBe(
      "No dead letter matches; did you mean --reason schema?\n",
    );
    expect(await suggested("list", "--step", "validat")).toContain("did you mean --step validate?");
    expect(await suggested("redrive", "--reason", "shema")).toContain(
      "nothing was done; did you mean --reason schema?",
    );
    expect(await suggested("list", "--reason", "schema", "--until", "1h")).toBe("No dead letter matches.\n");
  });

  test("on a narrow terminal the message gives way, and the line does not break", async () => {
    await deadLetters(1);

    const { out } = await dlq(["list"], { screen: { columns: 60, env: { NO_COLOR: "1" } } });

    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(out).toContain("…");
  });

  test("show has all that is needed to decide: reason, message, the event and its data", async () => {
    const [number] = await deadLetters(1);

    const { out } = await dlq(["show", `${number}`]);

    expect(out).toMatch(new RegExp(`^Dead letter ${number}: schema, given up by validate`));
    expect(out).toContain("data.note is not a field of the schema");
    expect(out).toMatch(/^answer +422$/m);
    expect(out).toContain('"id": "bad-0"');
    expect(out).toContain('"note": "n0"');
    expect(out).toContain(`wadi dlq redrive ${number}`);
  });

  test("what stands in an event does not steer the terminal", async () => {
    await running.wadi.broker.publish({
      specversion: "1.0",
      type: "dev.wadi.observation",
      source: "/test",
      id: "e",
      pipeline: "line",
      data: { x: "\u001b[31mred\u009b2J" },
    });
    await running.settled();

    const { out } = await dlq(["show", `${(await numbers())[0]}`]);
    const list = await dlq(["list"]);

    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what steers
    expect(out + list.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test.each([
    [["show", "7"], 1, /there is no dead letter 7; .*wadi dlq list/],
    [["show", "x"], 2, /"x" is not a whole number/],
    [["list", "--since", "yesterday"], 2, /--since: "yesterday" is not a time; write 2h/],
    [["list", "--since", "1h", "--until", "2h"], 2, /swap them/],
  ] as const)("%j is refused with the cure", async (args, code, message) => {
    expect(await dlq(args)).toMatchObject({ code, err: expect.stringMatching(message) });
  });
});

describe("redrive", () => {
  test("sends the numbers that are named; what cannot be mended comes back under a new number", async () => {
    const [first = 0, second = 0, third = 0] = await deadLetters(3);

    const run = await dlq(["redrive", `${second}`, `${third}`]);
    await running.settled();

    const back = `2 came back: ${third + 1} (schema), ${third + 2} (schema); wadi dlq show ${third + 1} says why.`;
    expect(run).toMatchObject({ code: 0, out: `2 dead letters sent again.\n${back}\n` });
    expect(await numbers()).toEqual([first, third + 1, third + 2]);
    expect((await listed())[0]).toMatchObject({ redriven: 1 });
  });

  test("--all ends, although each comes back: more than a batch, counted out before", async () => {
    await deadLetters(1203);

    const run = await dlq(["redrive", "--all", "--json"]);
    await running.settled();

    expect(JSON.parse(run.out)).toEqual({ selected: 1203, redriven: 1203 });
    expect(await numbers()).toHaveLength(1203);
  });

  test("a filter with --limit takes the oldest", async () => {
    const [, second = 0, third = 0] = await deadLetters(3);

    await dlq(["redrive", "--reason", "schema", "--limit", "1"]);
    await running.settled();

    expect(await numbers()).toEqual([second, third, third + 1]);
  });

  test("--dry-run says which, and does nothing", async () => {
    const made = await deadLetters(3);

    const people = await dlq(["redrive", "--all", "--dry-run"]);
    const program = await dlq(["drop", "--step", "validate", "--dry-run", "--json"]);

    expect(people.out).toBe(`3 dead letters would be sent again: ${made.join(", ")}\n`);
    expect(JSON.parse(program.out)).toEqual({ selected: 3, numbers: made });
    expect(await numbers()).toEqual(made);
  });

  test("exit code 1 where one was not there any more, and the others went", async () => {
    const [number = 0] = await deadLetters(1);

    expect(await dlq(["redrive", `${number}`, `${number + 99}`])).toMatchObject({
      code: 1,
      out: `1 dead letter sent again.\nIt came back as ${number + 1}: schema; wadi dlq show ${number + 1} says why.\n`,
      err: expect.stringContaining("no longer there: 1 of 2"),
    });
  });

  test("a number that is not there is told once", async () => {
    expect(await dlq(["redrive", "99"])).toMatchObject({
      code: 1,
      out: "",
      err: "wadi: there is no dead letter 99; nothing was done (see wadi dlq list)\n",
    });
  });

  test("nothing selected is never taken for all", async () => {
    const [number] = await deadLetters(1);

    expect(await dlq(["redrive"])).toMatchObject({ code: 2, err: expect.stringMatching(/which ones\?.*--all/) });
    expect(await dlq(["redrive", `${number}`, "--all"])).toMatchObject({ code: 2 });
    expect(await dlq(["redrive", "--reason", "none-such"])).toMatchObject({
      code: 0,
      out: "No dead letter matches; nothing was done.\n",
    });
    expect(await numbers()).toEqual([number]);
  });

  test("at a terminal it asks, and takes only yes for yes", async () => {
    const [number] = await deadLetters(1);

    const no = await dlq(["redrive", `${number}`], { types: "" });
    expect(no).toMatchObject({ code: 1, out: "", err: "Send 1 dead letter again? [y/N] Nothing was done.\n" });
    expect(await numbers()).toEqual([number]);

    expect(await dlq(["redrive", `${number}`], { types: "y" })).toMatchObject({ code: 0 });
  });
});

describe("drop", () => {
  test("asks for the number of letters to be typed", async () => {
    const made = await deadLetters(2);

    const careless = await dlq(["drop", "--all"], { types: "y" });
    expect(careless).toMatchObject({ code: 1, err: expect.stringContaining("Nothing was done") });
    expect(await numbers()).toEqual(made);

    const meant = await dlq(["drop", "--all"], { types: "2" });
    expect(meant).toMatchObject({ code: 0, out: "2 dead letters removed for good.\n" });
    expect(await numbers()).toEqual([]);
  });

  test("where nobody can be asked, --yes is needed", async () => {
    const number = String(await deadLetters(1));

    expect(await dlq(["drop", number])).toMatchObject({ code: 2, err: expect.stringContaining("add --yes") });
    const dropped = await dlq(["drop", number, "--yes", "--json"]);
    expect(dropped).toMatchObject({ code: 0, out: '{"selected":1,"dropped":1}\n' });
  });
});

describe("where no Wadi runs", () => {
  const restart = async () => {
    running = await startRunning({ dataFolder: data }, atEnd);
  };

  test("the data folder is opened, changed, and let go of", async () => {
    const [first = 0, second = 0] = await deadLetters(2);
    await running.stop();

    const list = await listed();
    const redriven = await dlq(["redrive", `${first}`]);
    const status = await runProgram(["status", "--data", data]);

    await restart();
    await running.settled();
    expect(list).toHaveLength(2);
    expect(redriven.out).toContain("1 dead letter sent again; it is handled once Wadi runs.");
    expect(status.out).toMatch(/is not running; this is its data folder/);
    expect(status.out).toMatch(/^validate +1 /m);
    expect(await numbers()).toEqual([second, second + 1]);
  });

  test("what a killed one left behind does not confuse, whoever has its port by now", async () => {
    await deadLetters(1);
    const port = Number(new URL(running.url).port);
    await running.stop();
    const stale = {
      url: `http://127.0.0.1:${port}`,
      token: "x".repeat(32),
      pid: process.pid,
      ingress: "http://127.0.0.1:9",
    };
    const leave = (text: string) => writeFileSync(join(data, "admin.json"), text);
    leave(JSON.stringify(stale));

    expect(await listed()).toHaveLength(1);

    leave(JSON.stringify(stale));
    const other = await startRunning({ adminPort: port });
    expect(await listed()).toHaveLength(1);
    await other.stop();
    leave("torn {");
    expect(await listed()).toHaveLength(1);
    await restart();
  });

  test("a folder that is held by one that does not answer is told", async () => {
    const address = join(data, "admin.json");
    const text = readFileSync(address);
    rmSync(address);
    onTestFinished(() => writeFileSync(address, text));

    expect(await dlq(["list"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/a Wadi holds .* does not answer/),
    });
  });

  test("a folder that is not there is told, and not made", async () => {
    const none = join(data, "none");

    const run = await runProgram(["status", "--data", none]);

    expect(run).toMatchObject({ code: 1, err: expect.stringMatching(/no Wadi runs in .*wadi start/) });
    expect(existsSync(none)).toBe(false);
  });
});
