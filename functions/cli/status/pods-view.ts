// Pods that come from zero and go again, beside the lag that wakes them and the models that they learn.

import type { ClusterPods, ClusterStatus } from "../../admin/shapes/cluster.ts";
import { count } from "../../lib/figures.ts";
import { moment } from "../../lib/times.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import { podsText } from "./cluster-status-view.ts";
import type { Change } from "./pod-changes.ts";

export interface DatedChange extends Change {
  /** Epoch milliseconds. */
  readonly time: number;
}

const MAX_SIGNS = 20;
const MAX_SETS = 6;

export function podsLines(
  status: ClusterStatus,
  changes: readonly DatedChange[],
  now: number,
  output: Output,
): readonly string[] {
  const { palette, rows } = output;
  const { strong, quiet } = palette;
  const above = [
    `${strong("Wadi")} in namespace ${strong(printable(status.namespace))} ${quiet(moment(now))}`,
    "",
    ...stepLines(status, output),
    ...modelLines(status, output),
    "",
  ];
  const left = Math.max(3, rows() - above.length - 2);
  return [...above, ...changes.slice(-left).map((change) => changeLine(change, output))];
}

/** One line, for a pipe too. */
export function changeLine({ time, name, what }: DatedChange, { palette }: Output): string {
  return `${palette.quiet(moment(time))}  ${printable(name).padEnd(10)}  ${printable(what)}`;
}

function stepLines({ steps }: ClusterStatus, output: Output): readonly string[] {
  const { palette, signs } = output;
  const columns: Column[] = [
    { title: "step" },
    { title: "pods" },
    { title: "" },
    { title: "lag", align: "right" },
    { title: "revision", optional: true },
  ];
  const rows = steps.map(({ name, state, pods, lag, revision }) => [
    state === "fails" ? palette.bad(printable(name)) : printable(name),
    bar(pods, output),
    podsText(pods),
    lag === undefined ? "-" : lag > 0 ? palette.warn(count(lag)) : "0",
    printable(revision ?? "none yet"),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  const problems = steps.flatMap(({ name, problem }) =>
    problem === undefined
      ? []
      : wrap(`${palette.bad(signs.failed)} ${name}: ${printable(problem.message)}`, output.room()),
  );
  return [palette.quiet(titles), ...lines, ...problems];
}

/** Ready, starting, ending. */
function bar({ ready, starting, ending }: ClusterPods, { palette, signs }: Output): string {
  const some = (sign: string, pods: number, paint: (text: string) => string) =>
    pods === 0 ? "" : paint(sign.repeat(Math.min(MAX_SIGNS, pods)));
  return (
    some(signs.full, ready, palette.good) +
    some(signs.empty, starting, palette.warn) +
    some(signs.dot, ending, palette.quiet)
  );
}

function modelLines({ models, deadLetters, store, log }: ClusterStatus, output: Output): readonly string[] {
  const { palette, signs } = output;
  const missing = [store.missing, log.missing].filter((one) => one !== undefined);
  const letters =
    deadLetters === undefined || deadLetters === 0 ? [] : [palette.bad(`${count(deadLetters)} dead letters`)];
  const notes = [...letters, ...new Set(missing.map((one) => palette.warn(printable(one))))];
  const told = notes.flatMap((note) => wrap(note, output.room()));
  if (models === undefined || models.length === 0) return told.length === 0 ? [] : ["", ...told];
  const newestFirst = [...models].sort((a, b) => b.version - a.version).slice(0, MAX_SETS);
  const columns: Column[] = [
    { title: "model set", cut: true },
    { title: "version", align: "right" },
    { title: "examples", align: "right" },
  ];
  const rows = newestFirst.map(({ set, version, count: learned }) => [printable(set), count(version), count(learned)]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  return ["", palette.quiet(titles), ...lines, ...(told.length === 0 ? [] : ["", ...told])];
}
