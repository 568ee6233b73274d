// Labels as people see them.

import { expect, test } from "vitest";
import type { LabelFigures } from "../../admin/shapes/labels.ts";
import { DELAY_ENDS } from "../../lib/store/join-delays.ts";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { allLabelsLines, labelsLines } from "./view.ts";

const figures = (delays: Readonly<Record<number, number>> = {}, parts: Partial<LabelFigures> = {}): LabelFigures => ({
  ...{ pipeline: "line", target: "y", labelHorizonMs: 7 * 24 * 3_600_000, opened: 2000, joined: 1500, waiting: 400 },
  ...{ expiringSoon: { withinMs: 60_480_000, observations: 12 }, expiredUnlabelled: 100, waitingLabels: 3 },
  ...{ orphanedLabels: 0, delays: [...DELAY_ENDS, undefined].map((end, i) => binOf(end, delays[i] ?? 0)) },
  ...parts,
});
const binOf = (upToMs: number | undefined, labels: number) => ({ ...(upToMs !== undefined && { upToMs }), labels });
const plain = { NO_COLOR: "1", LANG: "C.UTF-8" };

test("one pipeline is told in facts, and its delays in bars from the first bin that has labels to the last", () => {
  const lines = labelsLines(figures({ 9: 300, 10: 1000, 12: 1 }), recordedOutput({ columns: 60, env: plain }));

  expect(lines).toEqual([
    "line: the label is y, waited for 7 d",
    "observations    2,000",
    "labelled        1,500 (75.0 %)",
    "waiting         400; 12 of them have 16.8 h or less left",
    "never came      100",
    "labels waiting  3",
    "of nobody       0",
    "",
    "How long after its observation a label came (1,301 came by",
    "themselves)",
    "up to 30 min    300  23.0 %  █████████",
    `up to 1 h     1,000  76.8 %  ${"█".repeat(31)}`,
    "up to 2 h         0   0.0 %",
    "up to 6 h         1   0.0 %  █",
  ]);
});

test("what is longer than all ends is told, and a second label that differed", () => {
  const lines = labelsLines(figures({ 18: 2 }, { conflicts: 1 }), recordedOutput({ columns: 120, env: plain }));

  expect(lines.at(-1)).toMatch(/^longer {2}2 {2}100 % {2}█{40}$/);
  expect(lines).toContain("not learned     1 label since the start: another came first and was learned");
});

test("without a late label there is no histogram; where nothing is labelled that is all", () => {
  const output = recordedOutput({ columns: 120, env: plain });

  expect(labelsLines(figures(), output).at(-1)).toBe(
    "No label has come by itself yet, after its observation or before it.",
  );
  const { target: _target, ...anomaly } = figures();
  expect(labelsLines(anomaly, output)).toEqual(["line learns observations as they come; it has no label"]);
});

test("several pipelines stand in a table, hostile names among them", () => {
  const others = figures({}, { pipeline: "a\u001b[31m\nb", target: "\u202ey" });

  const lines = allLabelsLines([figures(), others], recordedOutput({ columns: 120, env: plain }));

  expect(lines[0]).toMatch(
    /^pipeline +label +observations +labelled +waiting +soon +never came +labels waiting +of nobody$/,
  );
  expect(lines[1]).toMatch(/^line +y +2,000 +1,500 +400 +12 +100 +3 +0$/);
  expect(lines[2]).toMatch(/^a \[31m b +\\u202ey /);
});
