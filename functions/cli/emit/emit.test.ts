// `wadi emit` against a real Wadi in this process: what is sent is learned, and what is not is said. One Wadi for all: the ids of
// events follow the names of files, so each test that sends has a file of its own, and counts from where it began.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../lib/clock.ts";
import { readEvent } from "../../lib/events/codec.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import { type LocalWadi, startLocal } from "../../local/start.ts";
import { settled } from "../../local/wadi-under-test.contract.ts";
import { exitCodeOf, explain } from "../terminal/exit.ts";
import { recordedTerminal } from "../terminal/recorded-output.contract.ts";
import { emitCommand } from "./emit.ts";
import type { EmitResult } from "./report.ts";

const root = join(import.meta.dirname, "../../..");

const data = mkdtempSync(join(tmpdir(), "wadi-emit-data-"));
let wadi: LocalWadi;
let folder: string;
let seen: Event[] = [];
let before: Readonly<Record<string, number>>;

beforeAll(async () => {
  wadi = await startLocal({
    dataFolder: data,
    port: 0,
    pipelinesFolder: join(root, "helm/pipelines"),
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "silent",
  });
  wadi.broker.tap((event) => seen.push(event));
});
afterAll(async () => {
  await wadi.stop();
  rmSync(data, { recursive: true });
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "wadi-emit-"));
  before = await counts();
  seen = [];
});
afterEach(async () => {
  await settled(wadi);
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function emit(...args: readonly string[]): Promise<Run> {
  const terminal = recordedTerminal();
  let code = 0;
  const exitWith = (wanted: number) => {
    code = wanted;
  };
  const env = { WADI_URL: wadi.url };
  try {
    const command = emitCommand({ terminal, env, clock: systemClock, exitWith });
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    code = exitCodeOf(error);
    terminal.err.write(explain(error, false));
  }
  return { code, out: terminal.out.text(), err: terminal.err.text() };
}

const resultOf = ({ out }: Run) => JSON.parse(out) as EmitResult;

async function counts() {
  await settled(wadi);
  const { models } = wadi.store;
  const [flights, line] = [await models.learnedCount("flights"), await models.learnedCount("line")];
  const sessions = await models.learnedCount("app-sessions");
  return { flights, line, sessions, deadLetters: wadi.broker.status().deadLetters };
}

/** Of what the test sent. */
const counted = async (what: "flights" | "line" | "sessions" | "deadLetters") =>
  (await counts())[what] - (before[what] ?? 0);
const learned = (pipeline: "flights" | "line" | "sessions") => counted(pipeline);

const sentTypes = () =>
  seen.flatMap(({ type }) => /^dev\.wadi\.(observation|label)$/.exec(type)?.[1]?.charAt(0) ?? []).join("");

const FLIGHTS = `date,distance,origin,destination,delay
2001/01/01 08:30,1750,DTW,LAS,12
2001/01/01 09:00,200,LAX,SFO,-3
2001/01/01 11:00,1750,DTW,LAS,7
`;

describe("Avro", () => {
  test("observations go in Avro under the newest schema, and are learned as JSON is; their late labels stay JSON", async () => {
    const path = file("avro.csv", FLIGHTS);
    const late = ["--time", "date", "--target", "delay", "--late-labels", "1h"];

    const run = await emit(path, "--pipeline", "flights", ...late, "--avro");

    expect(run).toMatchObject({ code: 0, out: expect.stringContaining("6 events accepted: 3 observations, 3 labels") });
    expect(run.out).toContain("wadi predict --pipeline flights");
    expect(await learned("flights")).toBe(3);
    const observations = seen.filter(({ type }) => type === "dev.wadi.observation");
    expect(observations[0]).toMatchObject({ datacontenttype: "application/avro", dataschema: "urn:wadi:flights:1" });
    expect(observations[0]?.data).toBeInstanceOf(Uint8Array);
    expect(seen.find(({ type }) => type === "dev.wadi.label")?.data).toEqual({ delay: 12 });
  });

  test("a row that does not fit the schema is skipped with its reason", async () => {
    const path = file("avro-misfit.csv", `${FLIGHTS}2001/01/01 12:00,far,DTW,LAS,1\n`);

    const run = await emit(path, "--pipeline", "flights", "--avro", "--types", "distance=text", "--no-check", "--json");

    const { skipped, firstSkipped } = resultOf(run);
    expect(skipped).toBe(4);
    expect(firstSkipped[3]?.reason).toMatch(/data.distance must be a finite number, and is the text "far"/);
  });

  test("a dry run shows the bytes as base64, and a pipeline that is not known here is told", async () => {
    const flags = ["--time", "date", "--limit", "1", "--dry-run"];
    const dry = await emit(file("dry.csv", FLIGHTS), "--pipeline", "flights", "--avro", ...flags);
    expect(JSON.parse(dry.out)).toMatchObject({ data_base64: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) });

    expect(await emit(file("dry.csv", FLIGHTS), "--pipeline", "nothing", "--avro")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/schema of nothing, which is not known here/),
    });
  });
});

describe("what is sent is learned", () => {
  test("CSV whose truth comes late: predicted when it comes, learned when its label comes", async () => {
    const path = file("flights.csv", FLIGHTS);

    const run = await emit(path, "--pipeline", "flights", "--time", "date", "--target", "delay", "--late-labels", "1h");

    expect(run).toMatchObject({ code: 0, out: expect.stringContaining("6 events accepted: 3 observations, 3 labels") });
    expect(await learned("flights")).toBe(3);
    // The first two are labelled before the third departs.
    expect(sentTypes()).toBe("oollol");
    const [first] = seen.filter(({ type }) => type === "dev.wadi.observation");
    expect(first).toMatchObject({ time: "2001-01-01T08:30:00.000Z", source: "/emit/flights.csv" });
    expect(first?.data).not.toHaveProperty("delay");
  });

  test("NDJSON and JSON whose rows have their truth", async () => {
    const rows = [1, 2, 3].map((x) => JSON.stringify({ x, y: 2 * x }));

    const ndjson = await emit(file("a.ndjson", rows.join("\n")), "--pipeline", "line");
    const json = await emit(file("b.json", `[${rows.join(",\n")}]`), "--pipeline", "line");

    expect([ndjson.code, json.code]).toEqual([0, 0]);
    expect(await learned("line")).toBe(6);
  });

  test("sessions of an app: what comes twice is learned once, what never got its label never", async () => {
    const run = await emit("--generate", "app-sessions", "--n", "400", "--users", "30", "--seed", "1");
    const ids = (type: string) => seen.filter((event) => event.type === type).map(({ id }) => id);
    const [observations, labels] = [ids("dev.wadi.observation"), ids("dev.wadi.label")];
    const distinct = new Set(labels).size;
    const twice = observations.length - 400 + labels.length - distinct;

    expect(run.code).toBe(0);
    expect(await learned("sessions")).toBe(distinct);
    expect(await counted("deadLetters")).toBe(0);
    expect(distinct).toBeLessThan(400);
    expect(twice).toBeGreaterThan(0);
    expect(run.out).toContain(`: ${observations.length} observations, ${labels.length} labels`);
    expect(run.out).toContain(`${twice} events came twice, and ${400 - distinct} labels never, as from phones`);
    expect(run.out).toContain("from session 201 on a fifth of the users are new");
    expect(run.out).not.toContain("known already");
    expect(run.out).toContain("wadi predict --pipeline app-sessions");
  });

  test("sessions that were sent before are known, and no more than there are", async () => {
    const same = ["--generate", "app-sessions", "--n", "100", "--users", "9", "--seed", "2"];
    await emit(...same);
    await settled(wadi);
    const known = await learned("sessions");

    const again = await emit(...same);

    expect(again.out).toContain(`${known} were known already, and are not learned again`);
    expect(await learned("sessions")).toBe(known);
  });

  test("sessions at their own pace take as long as they say", async () => {
    const run = await emit("--generate", "app-sessions", "--n", "20", "--seed", "3", "--speed", "1e9", "--json");

    expect(resultOf(run)).toMatchObject({ ...{ outcome: "done", rows: 20, seed: 3, thenAt: 11 } });
    expect(resultOf(run).sentTwice).toBe(resultOf(run).accepted - 20 - (20 - (resultOf(run).labelsLost ?? 0)));
  });

  test("a generated line whose labels come ten rows later", async () => {
    const run = await emit("--generate", "line", "--n", "60", "--late-labels", "10", "--sigma", "0", "--beta", "-3");

    expect(run.code).toBe(0);
    expect(await learned("line")).toBe(60);
    expect(sentTypes()).toHaveLength(120);
  });

  test("columns that the pipeline does not know are left out on request", async () => {
    const path = file("omitted.csv", "x,y,note,key\n1,2,hello,a\n2,4,world,b\n");

    const run = await emit(path, "--pipeline", "line", "--id", "key", "--omit", "note,key");

    expect(run.code).toBe(0);
    expect(await learned("line")).toBe(2);
    expect(seen[0]).toMatchObject({ id: "a", data: { x: 1, y: 2 } });
  });

  test("columns whose names no field can have are sent under others, the truth too", async () => {
    const path = file("renamed.csv", '"x, km",Result (y),at\n1,2,2001-01-01T00:00:00Z\n2,4,2001-01-01T01:00:00Z\n');
    const names = ["--rename", "x, km=x", "--rename", "Result (y)=y"];

    const along = await emit(path, "--pipeline", "line", ...names, "--omit", "at");
    const late = await emit(
      ...[path, "--pipeline", "line", ...names, "--omit", "at", "--source", "/late"],
      ...["--late-labels", "45m", "--time", "at"],
    );

    expect([along.code, late.code]).toEqual([0, 0]);
    expect(await learned("line")).toBe(4);
  });

  test("a column whose name has a comma is named in quotes", async () => {
    const path = file("comma.csv", 'x,y,"city, state"\n1,2,here\n');

    const run = await emit(path, "--pipeline", "line", "--omit", '"city, state"');

    expect(run.code).toBe(0);
    expect(seen[0]?.data).toEqual({ x: 1, y: 2 });
  });
});

describe("how the file is read is said where it was assumed", () => {
  test("a title above the header: which line names the columns", async () => {
    const run = await emit(file("titled.csv", "Report 2024,\n,\nx,y\n1,2\n2,4\n"), "--pipeline", "line");

    expect(run).toMatchObject({ code: 0, out: expect.stringContaining("2 events accepted") });
    expect(run.err).toContain('Line 3 names the columns, and what stands above it ("Report 2024") is left out');
    expect(await learned("line")).toBe(2);
  });

  test("a title that could be the header: --header-line says which line it is", async () => {
    const path = file("two-titles.csv", "Report,2024\nx,y\n1,2\n");

    const run = await emit(path, "--pipeline", "line", "--header-line", "2");

    expect(run.code).toBe(0);
    expect(await learned("line")).toBe(1);
  });

  test.each([
    ["CSV", "latin.csv", `x,y,note\n${"1,2,plain\n".repeat(1200)}1,2,caf\xe9\n`],
    ["NDJSON", "latin.ndjson", '{"x":1,"y":2,"note":"caf\xe9"}\n'],
  ])("Windows-1252 that is found late or in %s, and the way to name another encoding", async (_format, name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text, "latin1");

    const assumed = await emit(path, "--pipeline", "line", "--omit", "note");
    const given = await emit(path, "--pipeline", "line", "--omit", "note", "--encoding", "windows-1250");

    expect(assumed.err.match(/is read as Windows-1252 .* --encoding windows-1250/g)).toHaveLength(1);
    expect(given.err).not.toContain("1252");
  });
});

describe("again", () => {
  test("the same file is learned once, under another source it is something new", async () => {
    const path = file("again.csv", FLIGHTS);
    const args = [path, "--pipeline", "flights", "--time", "date"];

    const first = await emit(...args);
    const again = await emit(...args);
    expect(again.code).toBe(0);
    expect(await learned("flights")).toBe(3);
    expect(first.out).not.toContain("known already");
    expect(again.out).toContain("3 were known already, and are not learned again (--source /other sends them as new)");

    await emit(...args, "--source", "/other");
    expect(await learned("flights")).toBe(6);
    expect(await counted("deadLetters")).toBe(0);
  });

  test("a line of another seed or slope is something new, one of the same seed is not", async () => {
    const line = ["--generate", "line", "--n", "10", "--concurrency", "1"];

    await emit(...line, "--seed", "1");
    await emit(...line, "--seed", "1");
    expect(await learned("line")).toBe(10);

    await emit(...line, "--seed", "2");
    await emit(...line, "--seed", "1", "--then-beta", "5", "--then-at", "10");
    const run = await emit(...line);
    expect(await learned("line")).toBe(40);
    expect(run.out).toMatch(/--seed \d+ sends the same rows again/);
  });
});

describe("what cannot be sent is said, and the rest is sent", () => {
  test("rows that cannot become events: the first few with their lines, then a count, and exit code 1", async () => {
    const torn = Array.from({ length: 7 }, () => "1\n").join("");
    const path = file("torn.csv", `x,y\n1,2\n${torn}2,4\n`);

    const run = await emit(path, "--pipeline", "line");

    expect(run.code).toBe(1);
    expect(run.err.match(/^skipped: line \d+: it has 1 cell where the header has 2$/gm)).toHaveLength(5);
    expect(run.err).toContain("skipped: line 3:");
    expect(run.out).toContain("7 rows skipped (the first 5 are shown above)");
    expect(await learned("line")).toBe(2);
  });

  test("an event that Wadi refuses: with its reason, and its label with it", async () => {
    const path = file("refused.ndjson", `{"id":"ok","x":1,"y":2}\n{"id":"${"x".repeat(5000)}","x":1,"y":2}\n`);

    const run = await emit(
      path,
      "--pipeline",
      "line",
      "--id",
      "id",
      "--omit",
      "id",
      "--target",
      "y",
      "--late-labels",
      "1",
      "--json",
    );

    expect(run.code).toBe(1);
    expect(resultOf(run)).toMatchObject({ accepted: 2, refused: 2, outcome: "done" });
    expect(resultOf(run).firstRefused.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^400 .*5000 characters/),
      "its observation was refused",
    ]);
    expect(await learned("line")).toBe(1);
  });

  test("what came from a file does not steer the terminal", async () => {
    const run = await emit(file("red.ndjson", '{"x":1,"y":2}\n\x1b[31mred\n'), "--pipeline", "line");

    expect(run.err).toContain("skipped: line 2: this is not valid JSON");
    expect(run.err).not.toContain("\x1b");
  });

  test("a file without rows is no error, and is told", async () => {
    expect(await emit(file("a.csv", "x,y\n"), "--pipeline", "line")).toMatchObject({
      code: 0,
      out: expect.stringContaining("there was no row in it"),
    });
  });

  test("no row has its truth: that is told, for nothing will be learned", async () => {
    const run = await emit(
      file("no-truth.ndjson", '{"x":1}\n'),
      "--pipeline",
      "line",
      "--late-labels",
      "1",
      "--target",
      "yy",
    );

    expect(run.out).toContain("no row had its truth in yy");
  });
});

describe("nothing is sent", () => {
  afterEach(() => expect(seen).toEqual([]));

  test("where the pipeline does not take the first row, which would make dead letters of all", async () => {
    const run = await emit(file("a.csv", "x,y,note\n1,2,hello\n"), "--pipeline", "line");

    expect(run).toMatchObject({ code: 1, out: "" });
    expect(run.err).toMatch(
      /nothing was sent, .*\n +data\.note is not a field of the schema\n--omit note leaves it out/,
    );
  });

  test("for a column that one bad cell makes text: the line of that cell, and the cure", async () => {
    const run = await emit(file("a.csv", "x,y\n1,2\nfoo,4\n3,6\n"), "--pipeline", "line");

    expect(run.err).toContain('column x is read as text because of line 3 ("foo");\n--types x=number sends the others');
  });

  test("for a time without a zone: the option that takes it", async () => {
    const run = await emit(file("flights.csv", FLIGHTS), "--pipeline", "flights");

    expect(run.err).toContain("--time date takes it as UTC");
    expect(run.err).not.toContain("--omit");
  });

  test.each([
    ["flihgts", "did you mean flights?"],
    ["other", "--pipeline names another"],
  ])("to the pipeline %s that is not there: %s", async (pipeline, cure) => {
    const run = await emit(file("a.csv", "x,y\n1,2\n"), "--pipeline", pipeline);

    expect(run.err).toMatch(/pipeline "\w+" is not deployed here/);
    expect(run.err).toContain(cure);
    expect(run.err).not.toContain("--omit");
  });

  test("where its label is not the pipeline's", async () => {
    const run = await emit(file("a.csv", "x,z\n1,2\n"), "--pipeline", "line", "--late-labels", "1", "--target", "z");

    expect(run.err).toMatch(/nothing was sent, .* first row/);
  });

  test("where no pipeline is named and there are several", async () => {
    const run = await emit(file("a.csv", "x,y\n1,2\n"));

    expect(run.err).toMatch(
      /there are several\nthere is: app-sessions, flights, image-segments, line, phishing, shuttle\n--pipeline/,
    );
  });

  test.each([
    [["--id", "kez"], /--id: there is no column "kez"; did you mean "key"\?/],
    [["--target", "z", "--late-labels", "1"], /--target: there is no column "z"/],
    [["--time", "y", "--target", "y", "--late-labels", "column:w"], /--late-labels: there is no column "w"/],
    [["--omit", "x,why"], /--omit: there is no column "why"/],
    [["--types", "q=text"], /--types: there is no column "q"/],
  ])("for a column that is not there: %s", async (args, message) => {
    const run = await emit(file("a.csv", "key,x,y\na,1,2\n"), "--pipeline", "line", ...args);

    expect(run).toMatchObject({ code: 2, out: "", err: expect.stringMatching(message) });
  });

  test("where nobody takes events: exit code 1 and the cure, at once", async () => {
    const run = await emit("--generate", "line", "--url", "http://127.0.0.1:9/");

    expect(run).toMatchObject({ code: 1, out: "" });
    expect(run.err).toMatch(/^wadi: http:\/\/127\.0\.0\.1:9\/ does not take events .*wadi start/);
  });

  test("on a dry run: each line is an event, and reads as one", async () => {
    const run = await emit("--generate", "line", "--n", "3", "--late-labels", "1", "--dry-run");

    const events = run.out.trim().split("\n");
    const types = events.map(
      (text) => readEvent(["content-type", "application/cloudevents+json"], Buffer.from(text)).type,
    );
    expect(types.map((type) => type.replace("dev.wadi.", "").charAt(0)).join("")).toBe("oololl");
    expect(run.err).toBe("");
  });
});

test("--no-check sends what the pipeline does not take, and it becomes a dead letter", async () => {
  const run = await emit(file("unchecked.csv", "x,y,note\n1,2,hello\n"), "--pipeline", "line", "--no-check");
  await settled(wadi);

  expect(run.code).toBe(0);
  expect(await counted("deadLetters")).toBe(1);
});

describe("--json", () => {
  test("writes one object, and nothing else to either output", async () => {
    const path = file("a.csv", "x,y\n1,2\n3\n");

    const run = await emit(path, "--pipeline", "line", "--json");

    expect(run.err).toBe("");
    expect(resultOf(run)).toEqual({
      outcome: "done",
      url: `${wadi.url}/`,
      source: "/emit/a.csv",
      pipeline: "line",
      rows: 2,
      sent: 1,
      accepted: 1,
      observations: 1,
      labels: 0,
      refused: 0,
      skipped: 1,
      firstRefused: [],
      firstSkipped: [{ row: 2, line: 3, reason: "it has 1 cell where the header has 2" }],
      seconds: expect.any(Number),
    });
  });

  test("of a line has its seed", async () => {
    expect(resultOf(await emit("--generate", "line", "--n", "1", "--seed", "7", "--json"))).toMatchObject({ seed: 7 });
  });

  test("says what ended it before its end", async () => {
    const run = await emit("--generate", "line", "--json", "--url", "http://127.0.0.1:9/");

    expect(run.code).toBe(1);
    expect(resultOf(run)).toMatchObject({
      outcome: "failed",
      error: expect.stringContaining("wadi start"),
      accepted: 0,
    });
  });
});

test("--limit takes the first rows, and asks for no more", async () => {
  expect(resultOf(await emit("--generate", "line", "--n", "1000", "--limit", "3", "--json"))).toMatchObject({
    rows: 3,
    sent: 3,
  });
});

test("--rate spreads the events", async () => {
  const run = await emit("--generate", "line", "--n", "21", "--rate", "100", "--json");

  expect(resultOf(run).seconds).toBeGreaterThanOrEqual(0.18);
});

test("what it says to look at next works as it stands", async () => {
  const { out } = await emit("--generate", "line", "--n", "20");
  await settled(wadi);
  const commands = out.split("\n").filter((line) => /^(curl|\S*wadi) /.test(line));

  const [metrics = "", prediction = ""] = await Promise.all(
    commands.map(async (command) => (await promisify(execFile)("bash", ["-c", command])).stdout),
  );

  expect(metrics).toMatch(/wadi_learned_total\{set="line",scored="\w+"\} \d+/);
  expect(metrics).toMatch(/wadi_trigger_lag\{trigger="learn"\} 0/);
  expect(prediction).toMatch(/linear/);
});

test("what it says to ask next has a row of the file, and no truth", async () => {
  const { out } = await emit(file("asked.csv", FLIGHTS), "--pipeline", "flights", "--time", "date");

  const asked = /^\S*wadi predict (.*)$/m.exec(out)?.[1];

  expect(asked).toMatch(/^--pipeline flights --url \S+ date=2001-01-01T08:30:00.000Z distance=1750 origin=DTW destina/);
  expect(asked).not.toContain("delay");
});
