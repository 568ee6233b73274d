// How far `wadi emit` is: a bar where the end is known, and figures.

import type { EmitPlan } from "./emit-options.ts";
import type { Tally } from "./emit-tally.ts";
import { count, duration, percent, rate } from "./figures.ts";
import type { Output } from "./output.ts";
import { bar } from "./progress.ts";

/** How much has been read, for an estimate of all there is. */
export interface Reading {
  /** Rows found so far, whether they came out or not. */
  readonly found: number;
  readonly bytesRead: number;
  /** Undefined where nobody knows. */
  readonly bytes: number | undefined;
}

const WIDEST_BAR = 60;

/** Rows in all; exact once all is read, undefined where nothing tells. */
export function expectedRows({ found, bytesRead, bytes }: Reading, limit: number): number | undefined {
  if (bytes === undefined || bytesRead === 0) return Number.isFinite(limit) ? limit : undefined;
  return Math.min(limit, Math.round((found * bytes) / Math.min(bytesRead, bytes)));
}

/** `earlier`: events that need not be sent, for an earlier run did. */
export function createEmitProgress(plan: EmitPlan, tally: Tally, reading: () => Reading, earlier = 0) {
  const perRow = plan.examples.late === undefined ? 1 : 2;

  function state(ms: number) {
    const { observations, labels, refused, skipped } = tally.counts;
    const answered = observations + labels + refused;
    const now = answered + perRow * skipped;
    const done = earlier + now;
    const rows = expectedRows(reading(), plan.limit);
    const total = rows === undefined ? undefined : Math.max(perRow * rows, done);
    const figures = [`${count(observations + labels)} accepted`];
    if (refused > 0) figures.push(`${count(refused)} refused`);
    if (skipped > 0) figures.push(`${count(skipped)} skipped`);
    figures.push(`${count(rate(answered, ms))}/s`);
    if (total !== undefined && now > 0 && done < total) {
      figures.push(`${duration((ms / now) * (total - done))} left`);
    }
    return { done, total, figures };
  }

  return {
    draw(output: Output, columns: number, ms: number): readonly string[] {
      const { done, total, figures } = state(ms);
      const line = figures.join(output.palette.quiet(` ${output.signs.dot} `));
      if (total === undefined || total === 0) return [line];
      const share = ` ${percent(done, total)}`;
      return [bar(done / total, Math.max(1, Math.min(WIDEST_BAR, columns - share.length)), output) + share, line];
    },
    plain(ms: number): string {
      const { done, total, figures } = state(ms);
      return [...figures, ...(total === undefined ? [] : [percent(done, total)])].join(", ");
    },
  };
}
