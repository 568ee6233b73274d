// The commands that look at Wadi, and mend it, against a real one over its admin API.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EventTail } from "../admin/shapes/events.ts";
import { LabelFigures } from "../admin/shapes/labels.ts";
import { LetterGroups } from "../admin/shapes/letter-groups.ts";
import { ModelSetPage } from "../admin/shapes/model-sets.ts";
import * as shapes from "../admin/shapes/shapes.ts";
import { Trace } from "../admin/shapes/trace.ts";
import { Weights } from "../admin/shapes/weights.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { type LocalWadi, startLocal } from "../local/start.ts";
import { settled } from "../local/wadi-under-test.contract.ts";
import { run as runProgram, type Surroundings } from "./program-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "wadi-admin-"));
const data = join(folder, "data");
const ajv = new Ajv({ strict: false });
let wadi: LocalWadi;

beforeAll(async () => {
  wadi = await startLocal({
    dataFolder: data,
    port: 0,
    adminPort: 0,
    pipelinesFolder: join(root, "helm/pipelines"),
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "silent",
  });
  await run(["emit", "--generate", "line", "--n", "300", "--seed", "1"]);
  const late = join(folder, "late.csv");
  writeFileSync(late, "key,x,y\na1,1,2\na2,2,4\na3,3,\n");
  await run([
    "emit",
    late,
    "--pipeline",
    "line",
    "--id",
    "key",
    "--omit",
    "key",
    "--late-labels",
    "1",
    "--target",
    "y",
  ]);
  await settled(wadi);
});

afterAll(async () => {
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

function run(args: readonly string[], surroundings: Surroundings = {}) {
  const env = { WADI_URL: wadi.url, ...surroundings.env };
  return runProgram(args, { ...surroundings, env });
}

const ask = (args: readonly string[], surroundings?: Surroundings) => run([...args, "--data", data], surroundings);

async function deadLetters(rows: number): Promise<void> {
  const file = join(folder, "bad.csv");
  const lines = Array.from({ length: rows }, (_, i) => `${Math.random()},${i},note\n`);
  writeFileSync(file, `x,y,note\n${lines.join("")}`);
  await run(["emit", file, "--pipeline", "line", "--no-check"]);
  await settled(wadi);
}

const lines = (text: string) => text.trimEnd().split("\n");

describe("--json writes the documented shapes", () => {
  test.each([
    ["status", ["status"], shapes.Status],
    ["models list", ["models", "list"], ModelSetPage],
    ["models show", ["models", "show", "line"], shapes.ModelSetDetail],
    ["models weights", ["models", "weights", "line", "--limit", "1"], Weights],
    ["trace", ["trace", "a1"], Trace],
    ["labels", ["labels", "line"], LabelFigures],
    ["events", ["events", "--subject", "a1"], EventTail],
    ["dlq list", ["dlq", "list"], shapes.DeadLetterPage],
    ["dlq groups", ["dlq", "groups"], LetterGroups],
  ])("%s", async (_title, args, shape) => {
    const { code, out, err } = await ask([...args, "--json"]);

    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(lines(out)).toHaveLength(1);
    expect(ajv.validate(shape, JSON.parse(out)), ajv.errorsText()).toBe(true);
  });

  test("dlq show, with the event", async () => {
    await deadLetters(1);
    const { items } = JSON.parse((await ask(["dlq", "list", "--json"])).out);

    const { out } = await ask(["dlq", "show", String(items[0].number), "--json"]);

    expect(ajv.validate(shapes.DeadLetterDetail, JSON.parse(out)), ajv.errorsText()).toBe(true);
    await ask(["dlq", "drop", "--all", "--yes"]);
  });
});

describe("models", () => {
  test("list marks the champion and aligns the figures", async () => {
    const { out } = await ask(["models", "list"]);

    expect(lines(out)[0]).toMatch(/^set +champion +examples +MAE +MAE, last 100 +RMSE +R2 +version$/);
    expect(lines(out)[1]).toMatch(/^line +▸ linear +302 /);
    expect(new Set(lines(out).map((line) => line.length)).size).toBe(1);
  });

  test("show has every model, and how the champion's rolling score came about", async () => {
    const { out } = await ask(["models", "show", "line"]);

    expect(out).toMatch(/^▸ linear +302 .* serves$/m);
    expect(out).toMatch(/^ {2}mean +302 /m);
    expect(out).toMatch(/^MAE, last 100 of linear\n[▁▂▃▄▅▆▇█]+\n[\d.]+ → [\d.]+, lowest/m);
  });

  test("weights has a row for each weight of a model that is a sum", async () => {
    const { out } = await ask(["models", "weights", "line"]);

    expect(out).toMatch(/^line at version \d+\n/);
    expect(out).toMatch(/^▸ linear {2}adds up to the prediction, from -?[\d.]+ on\nfeature +weight.*\nx +[\d.]+/m);
    expect(out).not.toMatch(/mean/);
    expect(await ask(["models", "weights", "line", "--limit", "0"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--limit: "0" is not a whole number from 1 to 200'),
    });
    expect((await ask(["models", "weights", "lime"])).err).toContain('did you mean "line"?');
  });

  test("a mistyped set suggests the right one", async () => {
    expect(await ask(["models", "show", "lime"])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no model set "lime" has learned; did you mean "line"?'),
    });
  });

  test.each([40, 60, 80, 120])("on %d columns no line is wider, of status and trace neither", async (columns) => {
    const looks = [["status"], ["trace", "a1"], ["labels"], ["labels", "line"], ["events"]];
    for (const args of [["models", "list"], ["models", "show", "line"], ...looks]) {
      const { out } = await ask(args, { screen: { columns, env: { NO_COLOR: "1" } } });

      for (const line of lines(out)) expect(line.length, line).toBeLessThanOrEqual(columns);
    }
  });
});

describe("status", () => {
  test("has each step with its lag, the store, and where events are taken", async () => {
    const { out } = await ask(["status"]);

    expect(out).toContain(`takes events  ${wadi.url}/`);
    expect(out).toMatch(/^learned +30\d examples in 1 model set$/m);
    expect(out).toMatch(/^lately +learned \d+ s ago, 30\d examples a minute, \d+(\.\d)? % scored on what was served$/m);
    expect(out).toMatch(/^store +sqlite, well$/m);
    expect(out).toMatch(/^step +lag +oldest +under way +handled +\/s +retries +given up$/m);
    for (const step of ["validate", "featurize", "predict", "learn"])
      expect(out).toMatch(new RegExp(`^${step} +0 +0 s +0 `, "m"));
  });

  test("has colours on a terminal, and none under NO_COLOR or in a pipe", async () => {
    const screen = { columns: 80 };

    const coloured = await ask(["status"], { screen });
    const plain = await ask(["status"], { screen: { ...screen, env: { NO_COLOR: "1" } } });
    const piped = await ask(["status"]);

    expect(coloured.out).toContain("\x1b[");
    expect(plain.out + piped.out).not.toContain("\x1b");
  });

  test("ASCII alone where the terminal has no other letters", async () => {
    const screen = { columns: 80, env: { LANG: "C", NO_COLOR: "1" } };

    const { out } = await ask(["models", "show", "line"], { screen });

    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
    expect(out).toMatch(/^[\x00-\x7f]*$/);
    expect(out).toContain("> linear");
  });

  /** Timers of `ms` fire at once, and in the place of the last of them comes Ctrl-C. */
  function interruptedAt(last: number, ms: number): Clock {
    let begun = 0;
    const after = (wanted: number, fire: () => void) => {
      if (wanted !== ms) return systemClock.after(wanted, fire);
      begun += 1;
      return systemClock.after(0, begun < last ? fire : () => void process.emit("SIGINT"));
    };
    return { ...systemClock, after };
  }

  test("--watch in a pipe writes block after block until Ctrl-C, with --json line after line", async () => {
    const blocks = await ask(["status", "--watch"], { clock: interruptedAt(2, 1000) });
    const objects = await ask(["status", "--watch", "--json"], { clock: interruptedAt(2, 1000) });

    expect(blocks.code).toBe(130);
    expect(blocks.out.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(lines(objects.out).map((line) => JSON.parse(line).version).length).toBeGreaterThanOrEqual(2);
  });

  test("--watch on a terminal redraws in place, and gives the cursor back", async () => {
    const { out } = await ask(["status", "--watch"], {
      screen: { columns: 80, rows: 10 },
      clock: interruptedAt(3, 250),
    });

    // Nine lines of ten: a screen that scrolled could not be gone back to.
    expect(out).toContain("\x1b[9A");
    expect(out.endsWith("\x1b[?25h")).toBe(true);
  });
});

test("a second label that differs is counted where people look: status, and its pipeline's models", async () => {
  const label = (id: string, y: number) =>
    fetch(wadi.url, {
      method: "POST",
      headers: { "content-type": "application/cloudevents+json" },
      body: JSON.stringify({
        ...{
          specversion: "1.0",
          type: "dev.wadi.label",
          source: "/t",
          id,
          subject: "a1",
          pipeline: "line",
          data: { y },
        },
      }),
    });
  expect((await ask(["status"])).out).not.toContain("not learned");

  await label("again", 2);
  await label("another", 200);
  await settled(wadi);

  for (const args of [["status"], ["models", "show", "line"]]) {
    expect((await ask(args)).out).toMatch(/^not learned +1 label since the start: another came first/m);
  }
  expect((await ask(["trace", "a1"])).out).toMatch(/^truth +2$/m);
});

describe("trace", () => {
  test("is the life of an observation in order, in whichever pipeline it is", async () => {
    const { out } = await ask(["trace", "a1"]);

    expect(lines(out)[0]).toMatch(/^a1 of line: learned/);
    const steps = [...out.matchAll(/^(?:\S+ \S+Z|) +(?:\+\S+ \S+ +)?(observed|predicted|labelled|learned)/gm)].map(
      ([, what]) => what,
    );
    expect(steps).toEqual(["observed", "predicted", "labelled", "learned"]);
    expect(out).toMatch(/^truth +2$/m);
  });

  test("says what it waits for: until when as the pipeline promises, and how long it is kept", async () => {
    const { out } = await ask(["trace", "a3", "--pipeline", "line"]);

    expect(lines(out)[0]).toMatch(/^a3 of line: waits for its label until 20\d\d-/);
    expect(out).toMatch(/^horizon +a label is joined until .* \(in 60 min\)$/m);
    expect(out).toMatch(
      /^kept +until .* \(in 7 d\), to recognise redeliveries; a late label is still joined until then$/m,
    );
  });

  test("of a request with several rows it suggests the first row", async () => {
    const body = JSON.stringify({ id: "L1", inputs: [{ x: 1 }, { x: 2 }] });
    await fetch(`${wadi.url}/v2/models/line/infer`, { method: "POST", body });
    await settled(wadi);

    expect(await ask(["trace", "L1"])).toMatchObject({ code: 1, err: expect.stringContaining('did you mean "L1/0"?') });
  });

  test("an unknown subject or pipeline is told, with what to do", async () => {
    expect(await ask(["trace", "nobody"])).toMatchObject({ code: 1, err: expect.stringMatching(/no pipeline knows/) });
    expect(await ask(["trace", "a1", "--pipeline", "lin"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('"lin" is not deployed; did you mean "line"?'),
    });
  });
});

describe("predict", () => {
  test("shows each model and marks the one that serves", async () => {
    const { code, out } = await run(["predict", "--pipeline", "line", "x=0.5"]);

    expect(code).toBe(0);
    expect(out).toMatch(/^▸ linear +\S+ {2}serves$/m);
    expect(out).toMatch(/^ {2}mean +\S+$/m);
  });

  test("of several records it is a table of them", async () => {
    const { out } = await run(["predict", "--pipeline", "line", '[{"x": 1}, {"x": 2}]']);

    expect(lines(out)).toHaveLength(4);
    expect(lines(out)[1]).toMatch(/^record +prediction +▸ linear +mean$/);
  });

  test("--interval and --explain say how sure the served model is, and why", async () => {
    const { out } = await run(["predict", "--pipeline", "line", "x=0.5", "--interval", "0.9", "--explain"]);

    expect(out).toMatch(/^interval {2}\S+ to \S+ \(90 %\)$/m);
    expect(out).toMatch(/^why {2}what linear adds up$/m);
    expect(out).toMatch(/^ {2}x +0\.5000 +\S+$/m);
    expect(out).toMatch(/^ {2}total +\S+$/m);
  });

  test("--json is the answer of the protocol as it came", async () => {
    const { out } = await run(["predict", "--pipeline", "line", '{"x": 0.5}', "--json"]);

    const { outputs, model_name } = JSON.parse(out);
    expect(model_name).toBe("line");
    expect(outputs.map(({ name }: { name: string }) => name)).toContain("model:linear");
  });

  test("--id records the observation: a label that follows is learned", async () => {
    await run(["predict", "--pipeline", "line", "x=0.25", "--id", "asked-1"]);
    await settled(wadi);

    expect((await ask(["trace", "asked-1"])).out).toMatch(/observed/);
  });

  test("that was recorded with an interval and an explanation is traced with them", async () => {
    await run(["predict", "--pipeline", "line", "x=0.5", "--id", "asked-2", "--interval", "0.8", "--explain"]);
    await settled(wadi);

    const { out } = await ask(["trace", "asked-2"]);

    expect(out).toMatch(/^interval {2}\S+ to \S+ \(80 %\)$/m);
    expect(out).toMatch(/^why {2}what linear adds up$/m);
    const { served } = JSON.parse((await ask(["trace", "asked-2", "--json"])).out);
    expect(served).toMatchObject({ interval: { level: 0.8 }, explanation: { kind: "sum", unit: "target" } });
  });

  test.each([
    [["--pipeline", "line", "x=far"], 1, /data\.x|inputs/],
    [
      ["--pipeline", "lin", "x=1"],
      1,
      /"lin" is not deployed here; there is: app-sessions, flights, image-segments, line, phishing, shuttle/,
    ],
    [
      ["--pipeline", "line", "x=1", "--interval", "90"],
      2,
      /--interval: "90" must be a number above 0 .*did you mean 0\.9\?/,
    ],
    [["--pipeline", "line", "x=1", "--interval", ""], 2, /--interval: "" must be a number/],
    [["x=1"], 2, /which pipeline\?/],
    [["--pipeline", "line"], 2, /give a record/],
    [["--pipeline", "line", "{x: 1}"], 2, /not valid JSON/],
    [["--pipeline", "line", "x"], 2, /"x" is not a field; write <name>=<value>/],
    [["--pipeline", "line", "x=1", "--url", "http://127.0.0.1:9"], 1, /does not answer .*wadi start/],
  ] as const)("%j is refused with the cure", async (args, code, message) => {
    expect(await run(["predict", ...args])).toMatchObject({ code, out: "", err: expect.stringMatching(message) });
  });
});

describe("an address instead of a folder", () => {
  const token = () => JSON.parse(JSON.stringify(wadi)).newAdminToken as string;

  test("--url and --token, or WADI_ADMIN_URL and WADI_ADMIN_TOKEN", async () => {
    const url = wadi.adminUrl as string;

    const flags = await run(["status", "--url", url, "--token", token()]);
    const env = await run(["status"], { env: { WADI_ADMIN_URL: url, WADI_ADMIN_TOKEN: token() } });

    expect([flags.code, env.code]).toEqual([0, 0]);
  });

  test("a wrong token, an address of something else, and nobody there are told apart", async () => {
    const wrong = await run(["status", "--url", wadi.adminUrl as string, "--token", "wrong"]);
    const other = await run(["status", "--url", wadi.url, "--token", token()]);
    const nobody = await run(["status", "--url", "http://127.0.0.1:9", "--token", token()]);
    const none = await run(["status", "--url", "nonsense"]);

    expect([wrong.code, other.code, nobody.code, none.code]).toEqual([1, 1, 1, 2]);
    expect(wrong.err).toMatch(/token/);
    expect(other.err).toMatch(/is it Wadi's admin port/);
    expect(nobody.err).toMatch(/does not answer/);
    expect(none.err).toMatch(/not an http address/);
  });
});
