import { expect, test } from "vitest";
import { table, width } from "./table.ts";

test("columns are as wide as their widest cell, numbers stand right, and no line ends in blanks", () => {
  const lines = table(
    [{ title: "model" }, { title: "n", align: "right" }, { title: "" }],
    [
      ["linear", "1,000", "serves"],
      ["mean", "7", ""],
    ],
  );

  expect(lines).toEqual(["model       n", "linear  1,000  serves", "mean        7"]);
});

test("escape codes have no width", () => {
  const lines = table(
    [{ title: "a" }, { title: "b" }],
    [
      ["\x1b[1mlong\x1b[22m", "x"],
      ["s", "y"],
    ],
  );

  expect(lines.map(width)).toEqual([7, 7, 7]);
});

test.each([
  ["letters", "abc", 3],
  ["an accent that was put on by itself", "e\u0301a", 2],
  ["Chinese", "湿地", 4],
  ["Hangul", "한글", 4],
  ["an emoji", "🌧", 2],
  ["blocks of a bar", "█░", 2],
  ["nothing", "", 0],
])("%s: the columns that a terminal gives it", (_title, text, columns) => {
  expect(width(text)).toBe(columns);
});

test("a row with a cell too few leaves it empty", () => {
  expect(table([{ title: "a" }, { title: "b" }], [["x"]])).toEqual(["a  b", "x"]);
});
