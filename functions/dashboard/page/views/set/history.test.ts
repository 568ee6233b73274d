import { expect, test } from "vitest";
import type { HistoryPoint } from "../../../../admin/shapes/history.ts";
import { grown, happenings } from "./history.ts";

const point = (version: number, more: Partial<HistoryPoint> = {}): HistoryPoint => ({
  version,
  time: 1000 * version,
  count: 10 * version,
  metrics: { linear: { mae: 1 }, mean: { mae: 2 } },
  ...more,
});

test("new points go behind the known ones, once each; nothing new changes nothing", () => {
  const known = [point(1), point(2)];

  expect(grown(known, [point(4), point(3), point(2)]).map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  expect(grown(known, [point(2), point(1)])).toBe(known);
  expect(grown([], [point(2), point(1)]).map(({ version }) => version)).toEqual([1, 2]);
});

test("however long the page is open, it holds 20,000 points: the newest", () => {
  const known = Array.from({ length: 20_000 }, (_, i) => point(i + 1));

  const points = grown(known, [point(20_002), point(20_001)]);

  expect([points.length, points[0]?.version, points.at(-1)?.version]).toEqual([20_000, 3, 20_002]);
});

test("a promotion, a drift, a model that began anew, a rollback and a new file are told, each once", () => {
  const points = [
    point(1),
    point(2, { champion: { from: "mean", to: "linear", why: "better by 10 %" } }),
    point(3, { drift: [{ model: "linear", detector: "adwin", at: 30, change: "rise", challenger: "linear@30" }] }),
    point(4, { metrics: { linear: {}, mean: {}, "linear@30": {} } }),
    point(5, { restarted: [{ model: "linear", challenger: "linear@30", at: 30, why: "better" }] }),
    point(6, { count: 20, restored: 2 }),
    point(7, { count: 25, file: { from: 3, to: 4, added: ["tree"], removed: ["mean"] } }),
    point(8, { count: 26, file: { from: 4, to: 5, added: [], removed: [] } }),
  ];

  expect(happenings(points).map(({ point: { version }, text }) => [version, text])).toEqual([
    [2, "linear serves instead of mean: better by 10 %"],
    [3, "drift: the error of linear rose, by adwin; linear@30 began to learn anew beside it"],
    [5, "linear@30 replaced linear: better"],
    [6, "rollback to version 2: from 50 to 20 examples"],
    [7, "pipeline revision 4 instead of 3: with tree, without mean"],
    [8, "pipeline revision 5 instead of 4: the same models"],
  ]);
});
