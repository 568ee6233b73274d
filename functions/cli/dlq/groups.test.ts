// The groups of dead letters as people see them.

import { expect, test } from "vitest";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { groupLines } from "./groups.ts";

const screen = (columns = 200) => recordedOutput({ columns, env: { NO_COLOR: "1", LANG: "C.UTF-8" } });
const group = {
  ...{ reason: "schema", step: "validate", pipeline: "line", field: "data.x", letters: 1_200, redriven: 0 },
  ...{ oldest: 0, newest: 60_000, example: { number: 17, message: "data.x must be a finite number" } },
};

test("each group has what went wrong, how often, and one of its letters; then how the first ones are sent again", () => {
  const bare = {
    reason: "no-status",
    step: "learn",
    letters: 2,
    redriven: 1,
    oldest: 0,
    newest: 0,
    example: group.example,
  };

  expect(groupLines({ items: [group, bare], counted: 10_000, all: 12_345 }, 120_000, screen())).toEqual([
    "letters  came back  reason     step      pipeline  field      newest  such as  which says",
    "  1,200             schema     validate  line      data.x   60 s ago       17  data.x must be a finite number",
    "      2          1  no-status  learn     -         -       2 min ago       17  data.x must be a finite number",
    "of 12,345 dead letters the newest 10,000 are counted",
    "once it is mended: wadi dlq redrive --reason schema --step validate --pipeline line sends the first ones again",
  ]);
});

test("on 60 columns no line is wider, and without letters that is said", () => {
  const lines = groupLines({ items: [{ ...group, reason: "a".repeat(50) }], counted: 1, all: 1 }, 0, screen(60));

  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(groupLines({ items: [], counted: 0, all: 0 }, 0, screen())).toEqual(["There are no dead letters."]);
});
