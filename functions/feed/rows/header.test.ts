// Which line of a CSV file names its columns.

import { describe, expect, test } from "vitest";
import { UsageError } from "../../lib/failure.ts";
import type { FilePlan } from "./csv-rows.ts";
import type { Row } from "./row.ts";
import { type RowOptions, readRows } from "./rows.ts";

async function read(text: string, options: Partial<RowOptions> = {}) {
  let names: readonly string[] = [];
  let plan: FilePlan | undefined;
  const rows: Row[] = [];
  async function* pieces(): AsyncGenerator<string> {
    yield text;
  }
  const onHeader = (found: readonly string[]) => {
    names = found;
  };
  const onPlan = (found: FilePlan) => {
    plan = found;
  };
  for await (const row of readRows(pieces(), { format: "csv", onHeader, onPlan, ...options })) rows.push(row);
  return { names, plan, rows };
}

describe("titles above the header are left out, and told", () => {
  test.each([
    ["a title and an empty line", "Report 2024\n\nx,name\n1,a\n2,b\n", 3, "Report 2024"],
    ["filled up with delimiters", "Report 2024,\n,\nx,name\n1,a\n2,b\n", 3, "Report 2024"],
    ["empty rows alone", ",\n,\nx,name\n1,a\n2,b\n", 3, ""],
    ["several titles", "Report\nof March\n\n\nx,name\n1,a\n2,b\n", 5, "Report"],
    ["a title of two lines in quotes", '"Report\n2024"\nx,name\n1,a\n2,b\n', 3, "Report\n2024"],
    ["a title with a comma, semicolons below", "Report, March 2024\n\nx;name\n1;a\n2;b\n", 3, "Report, March 2024"],
    ["behind Excel's line of the delimiter", "sep=;\nReport\n\nx;name\n1;a\n2;b\n", 4, "Report"],
  ])("%s", async (_title, text, line, title) => {
    const { names, plan, rows } = await read(text);

    expect(names).toEqual(["x", "name"]);
    expect(plan?.titled).toEqual({ line, title });
    expect(rows.map(({ fields }) => fields)).toEqual([
      { x: 1, name: "a" },
      { x: 2, name: "b" },
    ]);
    expect(rows.map((row) => row.line)).toEqual([line + 1, line + 2]);
  });

  test.each([
    ["one column", "x\n1\n2\n", ["x"]],
    ["one column of words", "word\na\nb\n", ["word"]],
    ["names of numbers", "x,2024\n1,2\n", ["x", "2024"]],
    ["an index without a name is no title", "x\n1,2\n3\n", ["x"]],
  ])("the first line is the header: %s", async (_title, text, expected) => {
    const { names, plan } = await read(text);

    expect(names).toEqual(expected);
    expect(plan?.titled).toBeUndefined();
  });

  test("text that comes slowly is not held back: its first line is the header", async () => {
    expect((await read("Report\nx,name\n1,a\n", { live: true })).names).toEqual(["Report"]);
  });
});

describe("the line of the header may be given", () => {
  test.each([
    ["a file of titles", "Report,2024\nof,March\nx,name\n1,a\n", {}],
    ["and of semicolons, told by what is below", "Report, of March\nand, of 2024\nx;name\n1;a\n", {}],
    ["an empty line", "Report,2024\n\nx,name\n1,a\n", { headerLine: 2 }],
    ["text that comes slowly", "Report\n\nx,name\n1,a\n", { live: true }],
  ])("%s", async (_title, text, options) => {
    const { names, plan, rows } = await read(text, { headerLine: 3, ...options });

    expect(names).toEqual(["x", "name"]);
    expect(plan?.titled).toBeUndefined();
    expect(rows.map(({ line, fields }) => [line, fields])).toEqual([[4, { x: 1, name: "a" }]]);
  });

  test("the first line is one of names, though it looks like a title", async () => {
    const { names } = await read("Report\nx,name\n1,a\nb\n", { headerLine: 1 });

    expect(names).toEqual(["Report"]);
  });
});

test("where all rows have another number of cells than the header: the line that may be it", async () => {
  const reading = read("Report, of 2024\nx,y,z\n1,2,3\n4,5,6\n");

  await expect(reading).rejects.toThrow(UsageError);
  await expect(reading).rejects.toThrow(
    "the header (line 1) has 2 cells, and each row below it has 3; if the columns are named on another line, say which: --header-line 2",
  );
});
