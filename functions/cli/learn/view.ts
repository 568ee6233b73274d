// What `wadi learn` shows while it learns and at its end: tables for people, or one JSON object for programs.

import { count, duration, percent, rate } from "../../lib/figures.ts";
import type { CommandContext } from "../context.ts";
import { expectedRows, type ReadSoFar } from "../rows/read-so-far.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { bar, type Progress, startProgress } from "../terminal/progress.ts";
import { type Checkpoint, CheckpointTable } from "./checkpoints.ts";
import type { LearnPlan } from "./options.ts";
import { nextSteps, reportLines } from "./report.ts";
import type { LearnResult } from "./result.ts";
import type { RefusedRow } from "./tally.ts";
import { textChart } from "./text-chart.ts";

interface Figures {
  readonly rows: number;
  readonly refused: number;
  readonly seconds: number;
}

export interface View {
  /** A line on standard error, above the progress while there is one. */
  note(line: string): void;
  begin(reading: () => ReadSoFar, figures: () => Figures): void;
  refused(row: RefusedRow): void;
  checkpoint(point: Checkpoint, metric: string): void;
  end(result: LearnResult): void;
  /** Removes the progress. */
  clear(): void;
}

const WIDEST_BAR = 40;

export function createView(plan: LearnPlan, { terminal, clock }: CommandContext): View {
  const { err } = terminal;
  // Where the predictions go to standard output, nothing else does.
  const out = plan.predictions === "-" ? err : terminal.out;
  let progress: Progress | undefined;
  let checkpoints: CheckpointTable | undefined;

  /** In a terminal above the progress, which would be written over else. */
  function write(lines: readonly string[]): void {
    if (progress !== undefined && out.interactive) for (const line of lines) progress.note(line);
    else writeLines(lines, out);
  }

  const view: View = {
    note(line) {
      if (plan.json) return;
      const told = printable(line);
      if (progress === undefined) err.write(`${told}\n`);
      else progress.note(told);
    },
    begin(reading, figures) {
      if (plan.json || !err.interactive) return;
      progress = startProgress({
        output: err,
        clock,
        draw: (columns) => [progressLine(plan, reading(), figures(), columns, err)],
        plain: () => "",
      });
    },
    refused({ row, line, reason, why }) {
      view.note(`refused: ${line === undefined ? `row ${row}` : `line ${line}`}: ${reason}: ${why}`);
    },
    checkpoint(point, metric) {
      if (plan.json) return;
      if (checkpoints === undefined) {
        checkpoints = new CheckpointTable(Object.keys(plan.pipeline.models), metric, out);
        write(checkpoints.titles());
      }
      write([checkpoints.row(point)]);
    },
    end(result) {
      view.clear();
      if (plan.json) return writeJson(result, out);
      const chart = textChart(result.rolling, result.serve.model ?? plan.pipeline.serve, out);
      writeLines(
        [
          ...(checkpoints === undefined ? [] : [""]),
          ...(chart.length === 0 ? [] : [...chart, ""]),
          ...reportLines(result, out),
          ...(result.learned === 0 || result.outcome !== "done" ? [] : ["", ...nextSteps(plan, out)]),
        ],
        out,
      );
    },
    clear() {
      progress?.clear();
      progress = undefined;
    },
  };
  return view;
}

function progressLine(plan: LearnPlan, reading: ReadSoFar, figures: Figures, columns: number, output: Output): string {
  const { rows, refused, seconds } = figures;
  const total = expectedRows(reading, plan.limit);
  const parts = [`${count(rows)} rows`, `${count(rate(rows, seconds * 1000))}/s`];
  if (refused > 0) parts.push(`${count(refused)} refused`);
  const text = (more: readonly string[]) => [...parts, ...more].join(output.palette.quiet(` ${output.signs.dot} `));
  if (total === undefined || total === 0 || rows === 0) return text([]);
  const left = (Math.max(0, total - rows) / rows) * seconds * 1000;
  const figuresText = text([percent(Math.min(rows, total), total), `${duration(left)} left`]);
  const room = Math.min(WIDEST_BAR, columns - 50);
  return room < 8 ? figuresText : `${bar(rows / total, room, output)} ${figuresText}`;
}
