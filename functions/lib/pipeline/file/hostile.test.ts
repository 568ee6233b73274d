// Pipeline files that are meant to hurt, or got damaged: each is refused in a few lines, and soon. What is merely large
// within the limits is read.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { ConfigurationError } from "../../errors.ts";
import { loadPipelines } from "../load.ts";
import { parsePipeline } from "../parse.ts";
import { MAX_FILE_BYTES } from "./yaml.ts";

const shipped = join(import.meta.dirname, "../../../../helm/pipelines");
const line = readFileSync(join(shipped, "line.yaml"), "utf8");
const flights = readFileSync(join(shipped, "flights.yaml"), "utf8");
const times = (n: number, text: (i: number) => string, between = "\n") =>
  Array.from({ length: n }, (_, i) => text(i)).join(between);
const under = (place: string, more: string) => line.replace(place, `${place}${more}`);

function refusal(text: string): string | undefined {
  try {
    parsePipeline(text, "hostile.yaml");
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
}

const layers = (n: number, of: number) =>
  times(n, (i) => `l${i}: &l${i} [${times(of, () => (i === 0 ? "x" : `*l${i - 1}`), ", ")}]`);

test.each<[what: string, text: string, says: RegExp]>([
  ["aliases of aliases, for a billion values", layers(9, 10), /alias/],
  ["aliases of aliases, each within the library's own bound", layers(60, 3), /alias|nested|values/],
  [
    "an anchor for each of thousands of aliases",
    `{${times(9000, (i) => `a${i}: &a${i} x`, ",")}, z: [${times(9000, (i) => `*a${i}`, ",")}]}`,
    /more than 1000 aliases/,
  ],
  ["an alias within its own anchor", under("models:", " &m\n  loop: *m"), /alias|nested/],
  ["lists in lists", "[".repeat(MAX_FILE_BYTES), /not valid YAML/],
  ["maps in maps", "{a: ".repeat(MAX_FILE_BYTES / 4), /not valid YAML/],
  ["lists in lists, a dash each", "- ".repeat(MAX_FILE_BYTES / 2), /not valid YAML/],
  ["questions in questions", "? ".repeat(MAX_FILE_BYTES / 2), /not valid YAML/],
  ["one endless tag", "!".repeat(MAX_FILE_BYTES), /not valid YAML/],
  ["a tag of another language", under("description:", " !!python/object/apply:os.system [ls]\nx: "), /not valid YAML/],
  ["a key of a megabyte's quarter", `${line}? ${"k".repeat(200_000)}\n: 1`, /not known here/],
  ["tens of thousands of unknown keys", line + times(18_000, (i) => `k${i}: 1`), /18000 problems(.|\n)*and 17950 more/],
  ["a merge of what is not there", under("models:", "\n  <<: *nothing"), /Unresolved alias/],
  ["a key __proto__", `${line}__proto__: { name: evil }`, /__proto__.*not known here/],
  ["a model called __proto__", under("models:", "\n  __proto__: [mean-regressor]"), /__proto__/],
  [
    "a field called __proto__",
    line.replaceAll("name: x,", "name: __proto__,").replace("from: x", "from: __proto__"),
    /__proto__/,
  ],
  ["a part called constructor", under("models:", "\n  odd: [constructor]"), /constructor/],
  ["a metric called toString", line.replace("metrics: [", "metrics: [toString, "), /toString/],
  ["a transform called valueOf", line.replace("as: number", "as: valueOf"), /valueOf/],
  [
    "thousands of features",
    under("features:", `\n${times(5000, (i) => `  - { from: x, as: number, name: f${i} }`)}`),
    /at most 256/,
  ],
  ["thousands of models", under("models:", `\n${times(5000, (i) => `  m${i}: [mean-regressor]`)}`), /at most 16/],
  ["an endless chain", under("models:", `\n  long: [${"standard-scaler,".repeat(9000)}mean-regressor]`), /at most 16/],
  [
    "thousands of symbols that repeat",
    line.replace("type: double }", `type: { type: enum, name: E, symbols: [${"A,".repeat(20_000)}A] } }`),
    /enum|duplicate/,
  ],
  ["a window without end", line.replace("over: 100 ", "over: 1e300 "), /at most/],
  ["a horizon of ages", line.replace("labelHorizon: 1h", "labelHorizon: 999999999999999d"), /labelHorizon/],
  ["a horizon of nothing", line.replace("labelHorizon: 1h", "labelHorizon: 0d"), /labelHorizon/],
  ["a rate beyond doubles", line.replace("learningRate: 0.1", "learningRate: 1e999"), /not finite/],
  ["a rate that is no number", line.replace("learningRate: 0.1", "learningRate: .nan"), /not finite/],
  ["buckets beyond memory", line.replace("as: number", "as: hash, buckets: 1e15"), /at most/],
  ["a name that leaves its folder", line.replace("name: line", "name: ../../etc/passwd"), /is not allowed/],
  ["a name of another line", line.replace("name: line", 'name: "line\\nname: other"'), /is not allowed/],
  ["control characters", line.replace("name: line", 'name: "li\\u0000ne"'), /is not allowed/],
])(
  "%s: refused in a few lines, with the file's name",
  (_what, text, says) => {
    const message = refusal(text) ?? "it was taken";

    expect(message).toMatch(says);
    expect(message).toContain("hostile.yaml");
    expect(message.length).toBeLessThan(16_000);
  },
  30_000,
);

test("globs without end are taken, and match in no time", () => {
  const glob = `${"*a".repeat(90)}b`;
  const text = line.replace(
    "    - linear-regression",
    `    - standard-scaler: { only: ["${glob}"] }\n    - linear-regression`,
  );

  expect(refusal(text)).toBeUndefined();
});

/** One edit of a good file: characters gone, doubled, swapped for others, or lines moved. */
const damage = fc.tuple(
  fc.constantFrom(line, flights),
  fc.array(
    fc.tuple(
      fc.nat(),
      fc.nat({ max: 30 }),
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 8 }),
        fc.constantFrom("&a ", "*a", "[", "{", "\n", "- ", ": ", "<<: ", "null", "1e400", "__proto__"),
      ),
    ),
    { minLength: 1, maxLength: 4 },
  ),
);

test("a damaged file is taken or refused with the file's name, and nothing else happens", () => {
  fc.assert(
    fc.property(damage, ([good, edits]) => {
      let text = good;
      for (const [at, gone, put] of edits) {
        const from = at % text.length;
        text = text.slice(0, from) + put + text.slice(from + gone);
      }

      const message = refusal(text);

      if (message !== undefined) expect(message).toContain("hostile.yaml");
    }),
    { numRuns: 1000 },
  );
}, 60_000);

test.each<[what: string, make: (path: string) => void, says: RegExp]>([
  ["a folder", (path) => mkdirSync(path), /is no file/],
  ["a pipe that nobody writes to", (path) => void spawnSync("mkfifo", [path]), /is no file/],
  ["a device without end", (path) => symlinkSync("/dev/zero", path), /is no file/],
  ["a link to nowhere", (path) => symlinkSync("/no/such/file", path), /cannot be read/],
  ["a link to itself", (path) => symlinkSync(path, path), /cannot be read/],
  [
    "Latin-1",
    (path) => writeFileSync(path, Buffer.from(line.replace("noisy", "l\xe4rmende"), "latin1")),
    /is not UTF-8/,
  ],
  ["UTF-16", (path) => writeFileSync(path, Buffer.from(`\ufeff${line}`, "utf16le")), /is not UTF-8/],
  ["a program", (path) => writeFileSync(path, readFileSync(process.execPath).subarray(0, 100_000)), /is not UTF-8/],
  ["zeros", (path) => writeFileSync(path, Buffer.alloc(1000)), /hostile\.yaml/],
])("%s in place of a pipeline file is refused, and named", (_what, make, says) => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-pipelines-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  make(join(folder, "hostile.yaml"));

  expect(() => loadPipelines(folder)).toThrow(ConfigurationError);
  expect(() => loadPipelines(folder)).toThrow(says);
  expect(() => loadPipelines(folder)).toThrow("hostile.yaml");
});
