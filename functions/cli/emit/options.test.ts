import { describe, expect, test } from "vitest";
import { UsageError } from "../../lib/failure.ts";
import type { EmitFlags } from "./flags.ts";
import { type EmitPlan, readEmitOptions } from "./options.ts";

const plan = (file: string | undefined, flags: EmitFlags = {}, env = {}): EmitPlan => readEmitOptions(file, flags, env);
const line = (flags: EmitFlags = {}) => plan(undefined, { generate: "line", seed: "1", ...flags });

describe("what is read", () => {
  test.each([
    ["a.csv", "csv", undefined],
    ["A.CSV", "csv", undefined],
    ["a.tsv", "csv", "\t"],
    ["a.ndjson", "ndjson", undefined],
    ["a.jsonl", "ndjson", undefined],
    ["/x/a.b.json", "json", undefined],
  ])("%s is %s by its name", (path, format, delimiter) => {
    const { input } = plan(path);

    expect(input).toEqual({ kind: "file", path, format, csv: delimiter === undefined ? {} : { delimiter } });
  });

  test("a name does not matter where the format is said", () => {
    expect(plan("a.json", { format: "ndjson" }).input).toMatchObject({ format: "ndjson" });
    expect(plan("-", { format: "csv", delimiter: "tab" }).input).toMatchObject({ csv: { delimiter: "\t" } });
  });

  test("how a CSV file is written can be said", () => {
    const said = { encoding: "latin1", decimal: "comma", dates: "month-first", na: '-99,"a, b"', footer: false };

    expect(plan("a.csv", said).input).toMatchObject({
      csv: {
        encoding: "windows-1252",
        decimal: "comma",
        dates: "month-first",
        na: ["-99", "a, b"],
        keepFooter: true,
      },
    });
  });

  test("a line is of the pipeline line unless another is named", () => {
    expect(line().examples.pipeline).toBe("line");
    expect(line({ pipeline: "other" }).examples.pipeline).toBe("other");
    expect(plan("a.csv").examples).not.toHaveProperty("pipeline");
  });

  test("the users of an app change half way where no session is named, and never if that is said", () => {
    const sessions = (flags: EmitFlags = {}) =>
      plan(undefined, { generate: "app-sessions", seed: "1", n: "10", ...flags }).input;

    expect(sessions()).toEqual({ kind: "app-sessions", sessions: { n: 10, users: 1000, seed: 1, thenAt: 6 } });
    expect(sessions({ thenAt: "3", users: "7", speed: "60" })).toEqual({
      ...{ kind: "app-sessions", speed: 60, sessions: { n: 10, users: 7, seed: 1, thenAt: 3 } },
    });
    expect(sessions({ thenAt: "never" })).toEqual({ kind: "app-sessions", sessions: { n: 10, users: 1000, seed: 1 } });
  });

  test("sessions have times and late labels of their own, and are of the pipeline app-sessions", () => {
    expect(plan(undefined, { generate: "app-sessions" }).examples).toMatchObject({
      pipeline: "app-sessions",
      time: "start",
      late: { target: "minutes", delay: { kind: "column", name: "sent" } },
    });
  });

  test("the slope changes half way where no row is named", () => {
    expect(line({ n: "10", thenBeta: "-1" }).input).toMatchObject({ line: { change: { beta: -1, at: 6 } } });
    expect(line({ n: "10", thenBeta: "-1", thenAt: "3" }).input).toMatchObject({ line: { change: { at: 3 } } });
  });
});

describe("the source", () => {
  const source = (made: EmitPlan) => made.examples.source;

  test("is the same for the same file, wherever it lies, and has no blanks", () => {
    expect(source(plan("/a/my flights.csv"))).toBe("/emit/my%20flights.csv");
    expect(source(plan("b/my flights.csv"))).toBe("/emit/my%20flights.csv");
    expect(source(plan("-", { format: "csv" }))).toBe("/emit/stdin");
  });

  test("of a line is another with any option that makes other rows, and the same with more of them", () => {
    const sources = [
      line(),
      line({ seed: "2" }),
      line({ beta: "3" }),
      line({ sigma: "1" }),
      line({ thenBeta: "0" }),
      line({ thenBeta: "0", thenAt: "7" }),
    ].map(source);

    expect(new Set(sources).size).toBe(6);
    expect(source(line({ n: "5" }))).toBe(source(line({ n: "9" })));
  });

  test("of sessions is another with other users, another change or another seed, and the same with more of them", () => {
    const sessions = (flags: EmitFlags = {}) =>
      source(plan(undefined, { generate: "app-sessions", seed: "1", thenAt: "2", ...flags }));

    const sources = [{}, { seed: "2" }, { users: "9" }, { thenAt: "3" }, { thenAt: "never" }].map(sessions);
    expect(new Set(sources).size).toBe(5);
    expect(sources[0]).toBe("/emit/app-sessions?users=1000&seed=1&then-at=2");
    expect(sessions({ n: "5" })).toBe(sessions({ n: "9", speed: "60" }));
  });

  test("of a line without a seed is another each time", () => {
    const once = () => source(plan(undefined, { generate: "line" }));

    expect(new Set([once(), once(), once(), once()]).size).toBeGreaterThan(1);
  });

  test("may be given", () => {
    expect(source(plan("a.csv", { source: "urn:me:1" }))).toBe("urn:me:1");
  });
});

describe("where to", () => {
  test("the option, then the environment, then this machine", () => {
    const env = { WADI_URL: "http://wadi:1" };

    expect(plan("a.csv", { url: "https://x/ns/broker" }, env).url).toBe("https://x/ns/broker");
    expect(plan("a.csv", {}, env).url).toBe("http://wadi:1/");
    expect(plan("a.csv", {}, { WADI_URL: "" }).url).toBe("http://127.0.0.1:8080/");
  });
});

describe("late labels", () => {
  const late = (lateLabels: string, flags: EmitFlags = {}) =>
    plan("a.csv", { lateLabels, target: "y", time: "t", ...flags }).examples.late;

  test.each([
    ["10", { kind: "rows", rows: 10 }],
    ["0", { kind: "rows", rows: 0 }],
    ["30m", { kind: "duration", ms: 1_800_000 }],
    ["2h", { kind: "duration", ms: 7_200_000 }],
    ["1.5d", { kind: "duration", ms: 129_600_000 }],
    ["PT90S", { kind: "duration", ms: 90_000 }],
    ["column:10", { kind: "column", name: "10" }],
    ["column:arrival time", { kind: "column", name: "arrival time" }],
  ])("%s", (text, delay) => {
    expect(late(text)).toEqual({ target: "y", delay });
  });

  test("hold the field that names an observation in its body, under the column it has in the file", () => {
    const { subject, late: named } = plan("a.csv", {
      ...{ lateLabels: "1", target: "y", subjectField: "flight", rename: ["no=flight"] },
    }).examples;

    expect([subject, named]).toEqual(["no", { target: "y", subject: "no", delay: { kind: "rows", rows: 1 } }]);
  });

  test("of a line are the y of its rows", () => {
    expect(line({ lateLabels: "10" }).examples.late).toEqual({ target: "y", delay: { kind: "rows", rows: 10 } });
  });
});

describe("wrong use is refused, with the cure", () => {
  test.each([
    ["nothing to send", undefined, {}, /name a file, - for standard input, or --generate line/],
    ["two things to send", "a.csv", { generate: "line" }, /not both/],
    ["an unknown generator", undefined, { generate: "circle" }, /use one of line, app-sessions/],
    ["a mistyped generator", undefined, { generate: "app-session" }, /did you mean "app-sessions"/],
    ["a name without an ending", "flights", {}, /add --format csv/],
    ["standard input without a format", "-", {}, /add --format csv/],
    ["an unknown format", "a.csv", { format: "cvs" }, /did you mean "csv"/],
    ["a delimiter of two signs", "a.csv", { delimiter: "::" }, /use , or ; or \| or tab/],
    ["a quote as delimiter", "a.csv", { delimiter: '"' }, /is not one sign/],
    ["a delimiter for JSON", "a.json", { delimiter: ";" }, /--delimiter is for CSV/],
    ["an encoding that is none", "a.csv", { encoding: "utf-99" }, /--encoding: "utf-99" is not known; write utf-8/],
    ["a decimal sign that is none", "a.csv", { decimal: "coma" }, /--decimal: .*did you mean "comma"/],
    ["an order of dates that is none", "a.csv", { dates: "dmy" }, /--dates: .*day-first/],
    ["a decimal sign for JSON", "a.json", { decimal: "comma" }, /--decimal is for CSV/],
    ["types for NDJSON", "a.ndjson", { types: "a=text" }, /--types is for CSV/],
    [
      "options of a line for sessions",
      undefined,
      { generate: "app-sessions", beta: "1" },
      /--beta is for --generate line/,
    ],
    ["options of sessions for a line", undefined, { generate: "line", users: "9" }, /--users is for --generate app-s/],
    ["options of sessions for a file", "a.csv", { speed: "60" }, /--speed is for --generate app-sessions/],
    ["a seed for a file", "a.csv", { seed: "1" }, /--seed is for --generate line or app-sessions/],
    ["nobody", undefined, { generate: "app-sessions", users: "0" }, /--users: "0" is not a whole number from 1/],
    [
      "a speed of nothing",
      undefined,
      { generate: "app-sessions", speed: "0" },
      /--speed: "0" is not a number from 0.001/,
    ],
    [
      "labels that come later still",
      undefined,
      { generate: "app-sessions", lateLabels: "10" },
      /--late-labels is not for app-sessions, whose labels come when a session has ended/,
    ],
    ["a change of users behind the end", undefined, { generate: "app-sessions", n: "5", thenAt: "6" }, /raise --n/],
    ["options of a line for a file", "a.csv", { thenBeta: "1" }, /--then-beta is for --generate line/],
    ["options of a file for a line", undefined, { generate: "line", time: "t" }, /--time is for files/],
    ["no rows", undefined, { generate: "line", n: "0" }, /--n: "0" is not a whole number of at least 1/],
    ["half a row", undefined, { generate: "line", n: "1.5" }, /--n/],
    ["noise below nothing", undefined, { generate: "line", sigma: "-1" }, /--sigma: "-1" is not a number from 0/],
    ["a slope that is none", undefined, { generate: "line", beta: "NaN" }, /--beta/],
    ["an empty slope", undefined, { generate: "line", beta: "" }, /--beta/],
    ["a seed that is none", undefined, { generate: "line", seed: "x" }, /--seed.*from 0 to 4294967295/],
    ["a change without a slope", undefined, { generate: "line", thenAt: "3" }, /--then-at needs --then-beta/],
    ["a change behind the end", undefined, { generate: "line", n: "5", thenBeta: "1", thenAt: "6" }, /raise --n/],
    ["a rate of nothing", "a.csv", { rate: "0" }, /--rate/],
    ["a rate in words", "a.csv", { rate: "fast" }, /--rate: "fast" is not a number/],
    ["none at a time", "a.csv", { concurrency: "0" }, /--concurrency.*from 1 to 1000/],
    ["a limit of nothing", "a.csv", { limit: "0" }, /--limit/],
    [
      "an address without http",
      "a.csv",
      { url: "localhost:8080" },
      /--url: .* is not an http address; write it like http:/,
    ],
    ["a user in the address", "a.csv", { url: "http://me:secret@x/" }, /leave it out/],
    ["a source with blanks", "a.csv", { source: "my app" }, /write it like \/my\/app/],
    ["an empty column", "a.csv", { id: "" }, /--id is empty/],
    ["a delay that is none", "a.csv", { lateLabels: "soon", target: "y" }, /10 \(rows later\), 30m, 2h/],
    ["a delay of months", "a.csv", { lateLabels: "P1M", target: "y" }, /is not a delay/],
    ["a delay beyond all times", "a.csv", { lateLabels: "99999999d", target: "y", time: "t" }, /is not a delay/],
    ["a delay without a time", "a.csv", { lateLabels: "2h", target: "y" }, /add --time <column>/],
    ["a column of delays without a time", "a.csv", { lateLabels: "column:a", target: "y" }, /add --time <column>/],
    ["a delay without a target", "a.csv", { lateLabels: "10" }, /add --target <column>/],
    ["a target without a delay", "a.csv", { target: "y" }, /--target is for --late-labels/],
    ["a time for a line", undefined, { generate: "line", lateLabels: "2h" }, /have no times.*after how many rows/],
    ["two writers to one output", "a.csv", { json: true, dryRun: true }, /leave one out/],
  ] as [string, string | undefined, EmitFlags, RegExp][])("%s", (_title, file, flags, message) => {
    expect(() => plan(file, flags)).toThrow(UsageError);
    expect(() => plan(file, flags)).toThrow(message);
  });

  test("an address from the environment is named by its variable", () => {
    expect(() => plan("a.csv", {}, { WADI_URL: "x" })).toThrow(/WADI_URL: "x"/);
  });
});
