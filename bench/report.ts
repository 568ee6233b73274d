// The table, the same as JSON, and the machine it was measured on.

import { statfsSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";
import { type Column, table } from "../functions/cli/terminal/table.ts";
import { barredFigure, type FailedRow, figure, isMet, median, nameOf, type Result, type Samples } from "./row.ts";

const TMPFS = 0x01021994;

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly node: string;
  readonly platform: string;
  /** Processes that wanted a core in the last minute, before the first measurement. */
  readonly loadAverage: number;
  /** True: temporary folders are in memory, where a write to disk costs nothing. */
  readonly temporaryInMemory: boolean;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    temporaryInMemory: statfsSync(tmpdir()).type === TMPFS,
  };
}

export function head(facts: Machine, rounds: number): readonly string[] {
  const { cpu, cores, memoryGB, node, platform, loadAverage, temporaryInMemory } = facts;
  const lines = [
    `${cpu}, ${cores} cores, ${memoryGB} GB, ${platform}, Node ${node.slice(1)}`,
    `medians of ${rounds} rounds, anchor and ours in turn; (least .. most); ratio: ours to the anchor, round by round`,
  ];
  if (loadAverage > 0.5 * cores)
    lines.push(`this machine was busy before the start (load ${loadAverage}): trust ratios and CPU times only`);
  if (temporaryInMemory)
    lines.push("temporary folders are in memory here: what goes to disk was free; set TMPDIR to a disk");
  return lines;
}

/** What must be said of a row during which others were busy, too. */
export function busyNote(name: string, others: number | undefined): string | undefined {
  if (others === undefined || others < 0.25) return undefined;
  const cores = availableParallelism();
  return `${name}: other programs were busy on ${others.toFixed(1)} of ${cores} cores meanwhile: trust its ratios and CPU times only`;
}

const COLUMNS: readonly Column[] = [
  { title: "what" },
  { title: "anchor", align: "right" },
  { title: "ours", align: "right" },
  { title: "unit" },
  { title: "ratio", align: "right" },
  { title: "CPU: anchor", align: "right" },
  { title: "ours, µs each", align: "right" },
];

/** The table; under it a line for each row that failed. */
export function lines(results: readonly Result[], failed: readonly FailedRow[]): readonly string[] {
  return [
    ...(results.length === 0 ? [] : tableOf(results)),
    ...failed.map(({ name, title, message }) => `FAILED  ${name}: ${title}: ${message}`),
  ];
}

function tableOf(results: readonly Result[]): readonly string[] {
  return table(
    COLUMNS,
    results.map((result) => [
      nameOf(result),
      result.anchor === undefined ? "-" : spread(result.anchor.values),
      spread(result.ours.values),
      result.ours.unit,
      result.ratio === undefined ? "-" : spread(result.ratio, 2),
      cpuText(result.anchor),
      cpuText(result.ours),
    ]),
  );
}

function cpuText(samples: Samples | undefined): string {
  const known = samples?.cpu?.filter(Number.isFinite) ?? [];
  return known.length === 0 ? "-" : spread(known);
}

/** The median, and the least and the most where they are not the same. */
function spread(values: readonly number[], digits?: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const show = (value: number) => (digits === undefined ? figure(value) : value.toFixed(digits));
  return show(least) === show(most) ? show(least) : `${show(median(values))} (${show(least)} .. ${show(most)})`;
}

/** What a run found. */
export interface Findings {
  readonly results: readonly Result[];
  readonly failed: readonly FailedRow[];
  readonly notes: readonly string[];
}

export function asJson(facts: Machine, rounds: number, { results, failed, notes }: Findings) {
  const summary = (values: readonly number[]) => ({
    median: median(values),
    least: Math.min(...values),
    most: Math.max(...values),
    values,
  });
  const samples = ({ name, unit, values, cpu }: Samples) => ({
    name,
    unit,
    ...summary(values),
    ...(cpu?.every(Number.isFinite) && { cpuMicroseconds: summary(cpu) }),
  });
  return {
    machine: facts,
    rounds,
    notes,
    failed,
    results: results.map((result) => ({
      what: result.what,
      ...(result.anchor && { anchor: samples(result.anchor) }),
      ours: samples(result.ours),
      ...(result.ratio && { ratio: summary(result.ratio) }),
      ...(result.bar && { bar: result.bar, measured: barredFigure(result), met: isMet(result) }),
    })),
  };
}
