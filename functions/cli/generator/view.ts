// The generator, for people.

import type { Generator } from "../../admin/shapes/generator.ts";
import { count, duration, fixed, plural } from "../../lib/figures.ts";
import { type Fact, factLines } from "../terminal/facts.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";

const STATES: Readonly<Record<Generator["state"], string>> = {
  idle: "nothing runs; wadi generator start --from line --rate 20 sends a line",
  runs: "runs",
  done: "done",
  stopped: "stopped",
  failed: "failed",
};

export function generatorLines(told: Generator, now: number, output: Output): readonly string[] {
  const { state, from = "", pipeline = "", rate = 0, n, line, startedAt = now, fits } = told;
  const { strong, bad } = output.palette;
  if (state === "idle") return factLines([["generator", STATES.idle]], output);
  const rows = n === undefined ? plural(told.rows, "row") : `${count(told.rows)} of ${plural(n, "row")}`;
  const facts: readonly Fact[] = [
    ["generator", state === "failed" ? bad(STATES.failed) : strong(STATES[state])],
    ["sends", `${printable(from)} to ${printable(pipeline)}, ${rate} a second`],
    ["line", line && `y = ${line.beta} x + noise of ${line.sigma}`],
    ["rows", state === "runs" ? `${rows} in ${duration(now - startedAt)}` : rows],
    ["taken", `${plural(told.observations, "observation")}, ${plural(told.labels, "label")}`],
    ["not taken", told.refused === 0 ? undefined : bad(count(told.refused))],
    ["labels", told.waitingLabels === 0 ? undefined : `${count(told.waitingLabels)} are to be sent later`],
    ["champion", fits?.online && lineText(fits.online)],
    ["points", fits?.batch && `${lineText(fits.batch)} (least squares over the last ${told.points?.length})`],
    ["why", told.error && bad(printable(told.error))],
  ];
  return factLines(facts, output);
}

function lineText({ slope, intercept }: { readonly slope: number; readonly intercept: number }): string {
  return `y = ${fixed(slope, 3)} x ${intercept < 0 ? "-" : "+"} ${fixed(Math.abs(intercept), 3)}`;
}
