import { expect, test } from "vitest";
import { readFileInput } from "./file-input.ts";

test.each([
  ["flights.csv.gz", "csv", {}],
  ["FLIGHTS.TSV.GZ", "csv", { delimiter: "\t" }],
  ["rows.ndjson.gz", "ndjson", {}],
])("%s is %s by the name that it has without gzip's ending", (path, format, csv) => {
  expect(readFileInput(path, {})).toEqual({ path, format, csv });
});

test("the ending of gzip alone tells no format", () => {
  expect(() => readFileInput("rows.gz", {})).toThrow(/the name rows\.gz does not tell; add --format/);
});
