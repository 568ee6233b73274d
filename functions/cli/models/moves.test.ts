// Going back and moving a model set, as a person does it: on a Wadi that runs, and on the folder of one that was stopped. One
// Wadi for all tests of a kind: each that changes something has a pipeline of its own.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newFolder, startRunning } from "../../admin/fixtures/running.ts";
import type { ModelFile } from "../../admin/shapes/models.ts";
import { run as runProgram, type Surroundings } from "../program-under-test.contract.ts";
import { afterTheLast, linesNamed } from "../shared-wadi.contract.ts";

let where: readonly string[];
let file: string;
let stop: () => Promise<void>;
beforeEach(() => {
  file = join(newFolder(), "exported.json");
});

const run = (args: readonly string[], surroundings?: Surroundings) =>
  runProgram(["models", ...args, ...where], surroundings);
const json = async (...args: readonly string[]) => JSON.parse((await run([...args, "--json"])).out);
const contents = () => JSON.parse(readFileSync(file, "utf8")) as ModelFile;

/** Six versions of one example each, of every pipeline. */
async function live(pipelines: readonly string[], atEnd: ReturnType<typeof afterTheLast>): Promise<void> {
  const pipelinesFolder = linesNamed(pipelines, atEnd);
  const running = await startRunning({ pipelinesFolder, snapshots: { every: 2, keep: 10 } }, atEnd);
  where = ["--data", running.folder, "--pipelines", pipelinesFolder];
  stop = running.stop;
  for (let i = 0; i < 6; i++) {
    for (const pipeline of pipelines) await running.send("observation", `o${i}`, { x: i, y: 2 * i }, { pipeline });
    await running.settled();
  }
}

describe.each([
  ["a Wadi that runs", async () => {}],
  ["the folder of one that was stopped", () => stop()],
])("on %s", (_where, prepare) => {
  const atEnd = afterTheLast();
  beforeAll(async () => {
    await live(["seen", "taken-back", "pinned", "cleared", "moved", "bare"], atEnd);
    await prepare();
  });

  test("snapshots show what can be gone back to, and how", async () => {
    const { code, out } = await run(["snapshots", "seen"]);

    expect(code).toBe(0);
    expect(out).toMatch(/^seen is at version 6: 6 examples\n\nversion +kept +of +examples +forgets +MAE/);
    expect(out).toMatch(/^ +4 +\d+ s ago +a commit +4 +2 +\S/m);
    expect(out).toContain("wadi models rollback seen --to <version>");
  });

  test("a model is pinned and released; what serves, since when and why is shown", async () => {
    const { code, out } = await run(["serve", "pinned", "mean"]);

    expect(code).toBe(0);
    expect(out).toBe(
      "mean serves pinned instead of linear, from version 7 on.\nRelease the pin: wadi models serve pinned --auto\n",
    );
    const shown = (await run(["show", "pinned"])).out;
    expect(shown).toMatch(
      /champion +mean instead of linear since version 7, .*: pinned by hand; wadi models serve pinned/,
    );
    expect(await json("serve", "pinned", "--auto")).toMatchObject({ version: 8, champion: "linear", pinned: false });
    expect((await run(["show", "pinned"])).out).toContain("the pin was released");
    expect((await run(["serve", "pinned", "--auto"])).out).toBe(
      "linear serves pinned, from version 8 on.\nNo model is pinned.\n",
    );
  });

  test("a clear is asked for, with what it costs; it says what was done, and how it is undone", async () => {
    const refused = await run(["clear", "cleared"], { types: "y" });
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toBe(
      "Clear cleared? 6 examples in 6 versions of generation 1 are kept aside. Type 6 to do so: Nothing was done.\n",
    );
    const { code, err } = await run(["clear", "cleared"]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        /^wadi: cleared would be cleared; add --yes, because nobody can be asked here\. 6 examples/,
      ),
    });
    expect(await json("show", "cleared")).toMatchObject({ version: 6, count: 6 });

    const { out } = await run(["clear", "cleared"], { types: "6" });

    expect(out).toMatch(
      /^cleared begins anew in generation cleared-\w{16}: 0 examples, version 1\.\nKept: generation 1 \(version 6, 6 examples\)\.\nUndo: wadi models rollback cleared --to-generation 1\n$/,
    );
    expect(await json("show", "cleared")).toMatchObject({ version: 1, count: 0 });
    expect((await run(["clear", "cleared"], { types: "n" })).err).toMatch(
      /^Clear cleared\? It has learned nothing yet\. \[y\/N\] Nothing/,
    );
    expect((await run(["rollback", "cleared", "--to-generation", "1", "--yes"])).code).toBe(0);
    expect(await json("show", "cleared")).toMatchObject({ version: 6, count: 6 });
    expect((await run(["clear", "cleared"], { types: "n" })).err).toMatch(
      /The generation that was kept until now, cleared-\w+ \(0 examples\), is removed for good\./,
    );
  });

  test("a rollback is asked for, with what it forgets; it says what was done, and how it is undone", async () => {
    const refused = await run(["rollback", "taken-back", "--to", "2"], { types: "y" });
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toMatch(
      /^Roll taken-back back to version 2 \(2 examples, \d+ s ago\)\? 4 examples are forgotten and not learned again\. Type 4 to do so: Nothing was done\.\n$/,
    );
    expect(await json("show", "taken-back")).toMatchObject({ version: 6, count: 6 });

    const { code, out } = await run(["rollback", "taken-back", "--to", "2"], { types: "4" });

    expect(code).toBe(0);
    expect(out).toBe(
      "taken-back is at version 7, as it was at version 2: 2 examples.\nForgotten: 4 examples.\nUndo: wadi models rollback taken-back --to 6\n",
    );
    expect(await json("show", "taken-back")).toMatchObject({ version: 7, count: 2, learnedIds: 6 });
    const undone = await run(["rollback", "taken-back", "--to", "6"], { types: "yes" });
    expect(undone.err).toMatch(/Nothing is forgotten\. \[y\/N\] $/);
    expect(await json("show", "taken-back")).toMatchObject({ version: 8, count: 6 });
  });

  test("an export and an import move all of it; a set that is there is replaced only where that is said, and kept", async () => {
    const before = await json("show", "moved");
    expect(await run(["export", "moved", "--out", file])).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^Wrote .*exported\.json: moved at version 6, 6 examples, 6 ids; \S+ kB\.\nTo import it elsewhere: /,
      ),
    });
    expect(contents()).toMatchObject({ format: "wadi-model-set", schema: 1, set: "moved", version: 6, learnedIds: 6 });
    expect(existsSync(`${file}.part`)).toBe(false);

    expect(await run(["import", file])).toMatchObject({ code: 1, out: "", err: expect.stringContaining("--replace") });
    const { code, out } = await run(["import", file, "--replace"]);

    expect({ code, out }).toEqual({
      code: 0,
      out: "moved is in force at version 6: 6 examples, 6 learned ids.\nUndo: wadi models rollback moved --to-generation 1\n",
    });
    const { generation, revision, stateBytes, ...moved } = await json("show", "moved");
    expect({ ...before, ...moved }).toEqual(before);
    expect(generation).toMatch(/^imported-/);
    expect((await run(["snapshots", "moved"])).out).toMatch(
      /before that it was 1 \(version 6, 6 examples\), which is kept with its learned ids/,
    );
    expect((await run(["rollback", "moved", "--to-generation", "1", "--yes"])).out).toContain(
      "of generation 1: 6 examples",
    );
    expect(await json("show", "moved")).toEqual(before);
  });

  test("ids that are left behind are left behind, and it is said what that means", async () => {
    const exported = await run(["export", "bare", "--out", file, "--without-ids"]);
    const imported = await run(["import", file, "--replace"]);

    expect(exported.out).toContain("a redelivered example is learned again");
    expect(imported.out).toContain("a redelivered example is learned again");
    expect(contents()).toMatchObject({ ids: [], learnedIds: null });
    expect(await json("show", "bare")).toMatchObject({ count: 6, learnedIds: 0 });
  });
});

describe("where nothing changes", () => {
  const atEnd = afterTheLast();
  beforeAll(() => live(["line", "reordered"], atEnd));

  test("--out - writes the file to standard output, and nothing else", async () => {
    const { code, out } = await run(["export", "line", "--out", "-"]);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ set: "line", learnedIds: 6 });
  });

  test.each<[string, readonly string[], number, RegExp]>([
    ["a rollback to nowhere", ["rollback", "line"], 2, /where to\? give --to <version>/],
    ["a rollback to two places", ["rollback", "line", "--to", "2", "--to-generation", "1"], 2, /where to\?/],
    ["a version that is none", ["rollback", "line", "--to", "two"], 2, /not a whole number/],
    [
      "a version that is not kept",
      ["rollback", "line", "--to", "3", "--yes"],
      1,
      /no snapshot of version 3; there are 6, 4, 2 \(see wadi models snapshots line\)/,
    ],
    ["a generation that is not kept", ["rollback", "line", "--to-generation", "x", "--yes"], 1, /none is kept/],
    ["a rollback that nobody agrees to", ["rollback", "line", "--to", "2"], 2, /add --yes.*4 examples/],
    ["a pin of no model", ["serve", "line"], 2, /which model\? name one/],
    ["a pin and its release at once", ["serve", "line", "mean", "--auto"], 2, /which model\? name one/],
    ["a pin of what is no model", ["serve", "line", "meen"], 1, /has no model "meen"; did you mean "mean"\?/],
    ["a set that is not there", ["snapshots", "lime"], 1, /did you mean "line"\?/],
    ["an export of what is not there", ["export", "lime"], 1, /did you mean "line"\?/],
    [
      "an export to where nothing can be",
      ["export", "line", "--out", "/nowhere/x"],
      1,
      /\/nowhere\/x cannot be written/,
    ],
    ["two answers at one place", ["export", "line", "--out", "-", "--json"], 2, /leave out one/],
    ["a file that is not there", ["import", "/nowhere/x"], 1, /\/nowhere\/x cannot be imported: ENOENT/],
    ["an address that is none", ["snapshots", "line", "--redis", "mysql://x"], 2, /no address of a Redis/],
  ])("%s is refused with the cure", async (_what, args, code, message) => {
    expect(await run(args)).toMatchObject({ code, out: "", err: expect.stringMatching(message) });
  });

  test.each<[string, (text: string, parsed: ModelFile) => string, RegExp]>([
    ["is cut off", (text) => text.slice(0, text.length / 2), /cut off/],
    [
      "has lost ids",
      (_, file) => JSON.stringify({ ...file, ids: [] }),
      /should have 6 ids, but has 0: the file is incomplete/,
    ],
    ["is something else", () => '{"a": 1}', /it does not come from wadi models export/],
    ["is no JSON", () => "hello", /the JSON is broken, near "hello"/],
    ["is of a later schema", (_, file) => JSON.stringify({ ...file, schema: 2 }), /schema 2, and this Wadi knows 1/],
    ["lacks its state", (_, { state: _state, ...file }) => JSON.stringify(file), /must have required property 'state'/],
    ["has an id that is none", (text) => text.replace('"ids":["', '"ids":["x'), /ids\.ids\.0 must match pattern/],
    ["has a version that is none", (_, file) => JSON.stringify({ ...file, version: 0 }), /file\.version must be >= 1/],
    ["has a field that nobody knows", (_, file) => JSON.stringify({ ...file, extra: 1 }), /file\.extra is not known/],
    [
      "is of a pipeline that is not here",
      (text) => text.replaceAll('"line"', '"lines"'),
      /"lines" is not deployed here/,
    ],
  ])("a file that %s brings nothing", async (_what, spoil, message) => {
    await run(["export", "line", "--out", file]);
    writeFileSync(file, spoil(readFileSync(file, "utf8"), contents()));
    const before = await json("show", "line");

    expect(await run(["import", file, "--replace"])).toMatchObject({ code: 1, err: expect.stringMatching(message) });

    expect(await json("show", "line")).toEqual(before);
  });

  test("a file whose fields stand in another order, with blanks, is read as well", async () => {
    await run(["export", "reordered", "--out", file]);
    writeFileSync(file, JSON.stringify(Object.fromEntries(Object.entries(contents()).reverse()), undefined, 2));

    expect(await run(["import", file, "--replace"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("6 learned ids"),
    });
  });
});
