// The snapshots of a model set, for people.

import type { SnapshotList } from "../../admin/shapes/models.ts";
import { count, plural } from "../../lib/figures.ts";
import { metricNames, metricTitle, metricValues } from "../../lib/learners/metrics/title.ts";
import { ago } from "../../lib/times.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { shellWord } from "../terminal/shell-words.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

const right = (title: string): Column => ({ title, align: "right" });

export function snapshotLines(list: SnapshotList, now: number, output: Output): readonly string[] {
  const { set, generation, version, count: learned, champion, items, previous } = list;
  const { strong, quiet } = output.palette;
  const head = `${strong(printable(set))} is at version ${count(version)}: ${plural(learned, "example")}`;
  const name = shellWord(set);
  const wrapped = (text: string) => wrap(text, output.room());
  const before =
    previous === undefined
      ? []
      : [
          "",
          ...wrapped(
            `Generation ${printable(generation)} is in force; before that it was ${printable(previous.generation)} ` +
              `(version ${count(previous.version)}, ${plural(previous.count, "example")}), which is kept with its learned ids:`,
          ),
          `  wadi models rollback ${name} --to-generation ${shellWord(previous.generation)}`,
        ];
  if (items.length === 0) {
    return [
      head,
      ...wrapped(
        "No snapshot is kept yet: one is kept every so many versions (WADI_SNAPSHOT_EVERY; see wadi start --help).",
      ).map(quiet),
      ...before,
    ];
  }
  const scores = items.map(({ metrics }) => metrics[champion] ?? {});
  const metrics = metricNames(scores);
  const columns: Column[] = [
    right("version"),
    { title: "kept" },
    { title: "of" },
    right("examples"),
    right("forgets"),
    ...metrics.map((metric): Column => ({ ...right(metricTitle(metric)), optional: true })),
  ];
  const values = metrics.map((metric) => metricValues(scores.map((one) => one[metric])));
  const rows = items.map(({ version: its, time, kept, count: n, forgets }, row) => [
    count(its),
    ago(time, now),
    kept === "rollback" ? "before a rollback" : "a commit",
    count(n),
    count(forgets),
    ...values.map((column) => column[row] ?? ""),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: output.signs.cut });
  return [head, "", quiet(titles), ...lines, "", `Roll back: wadi models rollback ${name} --to <version>`, ...before];
}
