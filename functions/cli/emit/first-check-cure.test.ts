import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Rejection } from "./first-check.ts";
import { type Rejected, rejectedText } from "./first-check-cure.ts";
import { PIPELINES_FOLDER } from "./known-pipelines.ts";

const rejected = (data: object, fields: Rejection["fields"], more: Partial<Rejected> = {}): Rejected => ({
  event: { specversion: "1.0", source: "/s", type: "t", id: "1", data },
  rejection: { code: "schema", message: "it does not fit", fields },
  plan: { source: "/s", pipeline: "line" },
  spoilt: [],
  ...more,
});

describe("a pipeline that the running Wadi does not know", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wadi-cure-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const unknown = (pipeline: string) =>
    rejectedText(
      rejected({ x: 1 }, [], {
        rejection: {
          code: "unknown-pipeline",
          message: `pipeline "${pipeline}" is not deployed here; there is: app-sessions, flights, image-segments, line, phishing, shuttle`,
          fields: [],
        },
        plan: { source: "/s", pipeline },
      }),
      folder,
    );

  test("and whose file is there: Wadi is to be started again", () => {
    const line = readFileSync(join(PIPELINES_FOLDER, "line.yaml"), "utf8");
    writeFileSync(join(folder, "rentals.yaml"), line.replace("name: line", "name: rentals"));
    writeFileSync(join(folder, "broken.yaml"), "{");

    expect(unknown("rentals")).toMatch(
      /rentals\.yaml is there, but this Wadi started before it:\nstop it \(Ctrl-C\) and start it again$/,
    );
  });

  test("and that is mistyped: the right one, be it in a file alone", () => {
    const line = readFileSync(join(PIPELINES_FOLDER, "line.yaml"), "utf8");
    writeFileSync(join(folder, "rentals.yaml"), line.replace("name: line", "name: rentals"));

    expect(unknown("lnie")).toMatch(/did you mean line\?$/);
    expect(unknown("rentls")).toMatch(/did you mean rentals\?$/);
  });
});

describe("a row that does not fit: each field on a line of its own, and what can be done", () => {
  test("columns that the pipeline does not know are left out, by the names they have in the file", () => {
    const problem = "is not a field of the schema";
    const fields = [
      { path: "data.note", problem },
      { path: 'data["a, b"]', problem },
    ];

    const text = rejectedText(rejected({ x: 1, note: "n", "a, b": 2 }, fields));

    expect(text).toContain("\n  data.note is not a field of the schema\n");
    expect(text).toContain(`--omit 'note,"a, b"' leaves them out`);
  });

  test("a time without a zone beside that of --time is to be written with one", () => {
    const fields = [{ path: "data.until", problem: "must be a time with its zone, and is the text" }];
    const plan = { source: "/s", time: "from" };

    const text = rejectedText(rejected({ until: "2026-01-31 08:30" }, fields, { plan }));

    expect(text).toContain("only the column of --time may be without a zone: write until as 2026-01-31T08:30:00Z");
  });

  test("a cell that spoilt a column that was renamed is found by the column", () => {
    const text = rejectedText(
      rejected({ x: "1" }, [{ path: "data.x", problem: 'must be a finite number, and is the text "1"' }], {
        plan: { source: "/s", rename: [["x, km", "x"]] },
        spoilt: [{ column: "x, km", type: "number", row: 1, line: 3, cell: "foo" }],
      }),
    );

    expect(text).toContain(
      `column x, km is read as text because of line 3 ("foo");\n--types '"x, km"=number' sends the others`,
    );
  });
});
