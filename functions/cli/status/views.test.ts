// The parts that all views share: moments, sizes, figures in columns, sparklines, facts, broken lines.

import { describe, expect, test } from "vitest";
import { UsageError } from "../../lib/failure.ts";
import { metricTitle, metricValues } from "../../lib/learners/metrics/title.ts";
import { ago, moment, roughly } from "../../lib/times.ts";
import { readMoment } from "../option-values.ts";
import { factLines } from "../terminal/facts.ts";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { bytes } from "../terminal/sizes.ts";
import { sparkline } from "../terminal/sparkline.ts";
import { wrap } from "../terminal/wrap.ts";

const NOW = Date.UTC(2026, 0, 31, 12);

describe("moments", () => {
  test("are in UTC, whatever the machine's zone", () => {
    expect(moment(NOW)).toBe("2026-01-31 12:00:00Z");
    expect(moment(Number.NaN)).toBe("-");
  });

  test.each([
    [0, "0 s"],
    [119_000, "119 s"],
    [120_000, "2 min"],
    [7_199_000, "120 min"],
    [7_200_000, "2 h"],
    [172_800_000, "2 d"],
    [604_799_000, "7 d"],
  ])("%d ms are about %s", (ms, text) => {
    expect(roughly(ms)).toBe(text);
    expect(ago(NOW - ms, NOW)).toBe(`${text} ago`);
  });

  test("are read as people write them: so long ago, or when", () => {
    expect(readMoment("--since", "2h", NOW)).toBe(NOW - 7_200_000);
    expect(readMoment("--since", "2026-01-31", NOW)).toBe(Date.UTC(2026, 0, 31));
    expect(readMoment("--since", "2026-01-31T13:00:00+01:00", NOW)).toBe(NOW);
    expect(readMoment("--since", String(NOW), NOW)).toBe(NOW);
    expect(() => readMoment("--since", "soon", NOW)).toThrow(UsageError);
  });
});

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [5_400, "5.4 kB"],
  [143_000_000, "143 MB"],
  [81_600_000_000, "81.6 GB"],
])("%d bytes are %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});

describe("figures of a column have their points below each other, about five digits of the largest", () => {
  test.each([
    [
      [0.09277, 1.00689],
      ["0.0928", "1.0069"],
    ],
    [
      [17.309, 19.117, undefined],
      ["17.309", "19.117", "-"],
    ],
    [
      [-0.0041, 0.98723],
      ["-0.0041", "0.9872"],
    ],
    [
      [1_234_567.8, -12],
      ["1,234,568", "-12"],
    ],
    [
      [0.00123, 0],
      ["0.00123", "0.00000"],
    ],
    [[1e15], ["1.000e+15"]],
    [[1e-9], ["1.000e-9"]],
    [[0], ["0.000"]],
    [[Number.NaN], ["-"]],
  ])("%j", (values, texts) => {
    expect(metricValues(values)).toEqual(texts);
  });
});

test("a metric is called as people call it", () => {
  const titles = ["mae", "mae_rolling_1000", "mae_rolling"].map(metricTitle);

  expect(titles).toEqual(["MAE", "MAE, last 1,000", "MAE, lately"]);
});

describe("a sparkline", () => {
  const output = recordedOutput();

  test("goes from the lowest to the highest value", () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 20, output)).toBe("▁▂▃▄▅▆▇█");
  });

  test("of many values is as wide as it may be, each sign the mean of its share", () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i < 500 ? 1 : 0));

    expect(sparkline(values, 10, output)).toBe("█████▁▁▁▁▁");
  });

  test("of one value, or of none that is a number, is no error", () => {
    expect(sparkline([3, 3], 10, output)).toBe("▁▁");
    expect(sparkline([Number.NaN], 10, output)).toBe(" ");
    expect(sparkline([], 10, output)).toBe("");
  });

  test("is ASCII where there is nothing else", () => {
    const ascii = recordedOutput({ columns: 80, env: { LANG: "C" } });

    expect(sparkline([0, 7], 10, ascii)).toBe("_#");
  });
});

test("lines are broken at blanks, and a word that is too long stands whole", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("a incomprehensible b", 5)).toEqual(["a", "incomprehensible", "b"]);
});

test("facts stand below each other, and go on below themselves", () => {
  const output = recordedOutput({ columns: 30, env: { NO_COLOR: "1" } });

  const lines = factLines(
    [
      ["a", "1"],
      ["none", undefined],
      ["long", "this one needs some more lines"],
    ],
    output,
  );

  expect(lines).toEqual(["a     1", "long  this one needs some more", "      lines"]);
});
