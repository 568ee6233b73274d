import stringWidth from "string-width";
import { expect, test } from "vitest";
import { cut, table } from "./table.ts";

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

  expect(lines.map((line) => stringWidth(line))).toEqual([7, 7, 7]);
});

test.each([
  ["letters", "abc", 3],
  ["an accent that was put on by itself", "e\u0301a", 2],
  ["Chinese", "湿地", 4],
  ["Hangul", "한글", 4],
  ["an emoji", "🌧", 1],
  ["an emoji that is always a picture", "😀", 2],
  ["a flag", "🇩🇪", 2],
  ["a family, which is one picture", "👩‍👩‍👧", 2],
  ["a sign that is made a picture", "❤️", 2],
  ["blocks of a bar", "█░", 2],
  ["nothing", "", 0],
])("%s: a column is as wide as a terminal shows it", (_title, cell, columns) => {
  const [title, row] = table([{ title: "12345" }, { title: "|" }], [[cell, "|"]]);

  expect([title, row]).toEqual(["12345  |", `${cell}${" ".repeat(5 - columns)}  |`]);
});

test.each([
  ["👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", "👩‍👩‍👧👩‍👩‍👧…"],
  ["🇩🇪🇫🇷🇮🇹", "🇩🇪🇫🇷…"],
  ["e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "e\u0301e\u0301e\u0301e\u0301…"],
])("no picture is torn where a text is cut: %s", (text, shown) => {
  expect(cut(text, 5, "…")).toBe(shown);
});

test("a row with a cell too few leaves it empty", () => {
  expect(table([{ title: "a" }, { title: "b" }], [["x"]])).toEqual(["a  b", "x"]);
});

const COLUMNS = [
  { title: "n", align: "right" as const },
  { title: "subject", cut: true },
  { title: "score", optional: true },
  { title: "message", cut: true },
];
const ROW = ["1", "subject-of-some-length", "0.123", "a message that says a lot, and then some more of it"];

test.each([
  [100, "1  subject-of-some-length  0.123  a message that says a lot, and then some more of it"],
  [70, "1  subject-of-some-length  0.123  a message that says a lot, and then…"],
  [50, "1  subject-of-so…  0.123  a message that says a l…"],
  [44, "1  subject…  0.123  a message that says a l…"],
  [43, "1  subject-of-so…  a message that says a l…"],
  [30, "1  subject…  a message that s…"],
  [21, "1  subject…  a messa…"],
])("on %d columns the last cell gives way, then the others, then what is optional", (columns, line) => {
  expect(table(COLUMNS, [ROW], { columns, sign: "…" })[1]).toBe(line);
});

test.each([
  [28, "a-long-name  0.123  7"],
  [20, "a-long-name  0.123"],
  [17, "a-long-name"],
])("on %d columns what is left out early goes before a name is cut", (columns, line) => {
  const titles = [
    { title: "set", cut: true },
    { title: "score", optional: true },
    { title: "n", optional: "early" as const },
  ];

  expect(table(titles, [["a-long-name", "0.123", "7"]], { columns, sign: "…" })[1]).toBe(line);
});

test("a colour that is cut ends all the same", () => {
  expect(cut("\x1b[31mlong text\x1b[39m", 5, "…")).toBe("\x1b[31mlong…\x1b[39m");
  expect(cut("short", 5, "…")).toBe("short");
});
