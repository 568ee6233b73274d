// A replay, for people: how far it is, and at its end the new generation beside the one in force.

import type { Replay, ReplayedSet } from "../../admin/shapes/replays.ts";
import type { Clock } from "../../lib/clock.ts";
import { count, duration, percent, plural, rate } from "../../lib/figures.ts";
import { metricNames, metricTitle, metricValues } from "../../lib/learners/metrics/title.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { bar } from "../terminal/progress.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

export function createReplayProgress(told: () => Replay, output: Output, clock: Clock) {
  const start = clock.now();
  const figures = () => {
    const { state, fraction, read, examples } = told();
    const now = `${count(rate(read, clock.now() - start))}/s`;
    const what = state === "promoting" ? "catching up with the stream" : percent(fraction, 1);
    return `${what}: ${count(read)} events read (${now}), ${plural(examples, "example")}, ${duration(clock.now() - start)}`;
  };
  const waits = () => {
    const { waiting } = told();
    return waiting === undefined ? [] : [`waits: ${printable(waiting)}`];
  };
  return {
    draw: (columns: number) => [bar(told().fraction, Math.min(60, columns), output), figures(), ...waits()],
    plain: () => [figures(), ...waits()].join("; "),
  };
}

/** @param reached what a command takes to reach the same Wadi. */
export function replayLines(told: Replay, output: Output, reached = ""): readonly string[] {
  const { palette } = output;
  const { pipeline, into, fromArchive, read, examples, rejected, sets = [] } = told;
  const what = into === undefined ? `the gap of ${pipeline}` : `generation ${into} of ${pipeline}`;
  const lines = [
    `${palette.strong(printable(what))}: ${plural(read, "event")} read, ${plural(examples, "example")}, ${fromArchive ? "archive and log" : "log"} ${told.from} to ${told.to}`,
    ...Object.entries(rejected).map(([reason, n]) =>
      palette.warn(`${count(n)} were not learned: ${printable(reason)}`),
    ),
  ];
  if (told.state !== "done") return lines;
  const tables = into === undefined ? [] : sets.flatMap((set) => ["", ...comparison(set, output)]);
  return [...lines, ...tables, "", ...wrap(next(told, reached), output.room())];
}

function next({ into, fromArchive, promoted, pipeline, sets = [] }: Replay, reached: string): string {
  if (into === undefined) return `What was lost has been learned again: wadi models show ${pipeline}${reached}`;
  if (promoted) return `Generation ${into} is in force: wadi models show ${pipeline}${reached}`;
  if (sets.length === 0) return "There was nothing to learn in that part of the log.";
  const source = fromArchive ? " --from-archive" : "";
  return (
    "Its scores are for predictions made just before learning; those in force may be for predictions served earlier. " +
    `To put it in force: wadi replay --pipeline ${pipeline} --into ${into}${source} --promote${reached}`
  );
}

function comparison({ set, inForce, replayed }: ReplayedSet, output: Output): readonly string[] {
  const { palette, signs } = output;
  const lives = replayed === undefined ? [inForce] : [inForce, replayed];
  const rows = lives.flatMap((life) =>
    Object.entries(life.models).map(([model, metrics]) => ({ life, model, metrics })),
  );
  const names = metricNames(rows.map(({ metrics }) => metrics));
  const columns: Column[] = [
    { title: "model", cut: true },
    { title: "generation", cut: true },
    { title: "examples", align: "right" },
    ...names.map((name): Column => ({ title: metricTitle(name), align: "right", optional: true })),
  ];
  const scores = names.map((name) => metricValues(rows.map(({ metrics }) => metrics[name])));
  const order = rows.map((_, i) => i).sort((a, b) => compare(rows[a]?.model ?? "", rows[b]?.model ?? ""));
  const cells = order.map((i) => {
    const { life, model } = rows[i] as (typeof rows)[number];
    const generation = life === inForce ? `${life.generation}, in force` : life.generation;
    return [printable(model), printable(generation), count(life.count), ...scores.map((column) => column[i] ?? "")];
  });
  const [titles = "", ...lines] = table(columns, cells, { columns: output.room(), sign: signs.cut });
  return [palette.strong(printable(set)), palette.quiet(titles), ...lines];
}

const compare = (a: string, b: string) => Number(a > b) - Number(a < b);
