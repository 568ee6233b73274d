// The progress of `wadi emit`: figures, and a bar if the total is known.

import { count, duration, percent, rate } from "../../lib/figures.ts";
import { expectedRows, type ReadSoFar } from "../rows/read-so-far.ts";
import type { Output } from "../terminal/output.ts";
import { bar } from "../terminal/progress.ts";
import type { EmitPlan } from "./options.ts";
import type { Tally } from "./tally.ts";

const WIDEST_BAR = 60;
/** The rate covers the last seconds and at least some events, so an earlier outage no longer counts. */
const RECENT_MS = 5_000;
const RECENT_EVENTS = 20;
const STEP_MS = 250;
const MOST_MOMENTS = 400;

export function createEmitProgress(plan: EmitPlan, tally: Tally, reading: () => ReadSoFar) {
  const perRow = plan.examples.late === undefined ? 1 : 2;
  const since = createRecent();

  function state(ms: number) {
    const { observations, labels, refused, skipped } = tally.counts;
    const answered = observations + labels + refused;
    const done = answered + perRow * skipped;
    const rows = expectedRows(reading(), plan.limit);
    // Once every row is read it is known; before, not every row may have a label, and some events come twice.
    const events = rows !== undefined && tally.counts.rows >= rows ? tally.counts.events + perRow * skipped : undefined;
    const total = rows === undefined ? undefined : Math.max(events ?? perRow * rows, done);
    const figures = [`${count(observations + labels)} accepted`];
    if (refused > 0) figures.push(`${count(refused)} refused`);
    if (skipped > 0) figures.push(`${count(skipped)} skipped`);
    const from = since({ ms, answered, done });
    figures.push(`${count(rate(answered - from.answered, ms - from.ms))}/s`);
    if (total !== undefined && done > from.done && done < total) {
      figures.push(`${duration(((ms - from.ms) / (done - from.done)) * (total - done))} left`);
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

interface Moment {
  readonly ms: number;
  /** Events. */
  readonly answered: number;
  /** The same, and the events that skipped rows would have been. */
  readonly done: number;
}

/** The moment from which the rate is computed. Call it with each moment shown, in order. */
function createRecent(): (moment: Moment) => Moment {
  const start: Moment = { ms: 0, answered: 0, done: 0 };
  let moments = [start];
  return (moment) => {
    const from =
      moments.findLast(
        ({ ms, answered }) => moment.ms - ms >= RECENT_MS && moment.answered - answered >= RECENT_EVENTS,
      ) ??
      moments[0] ??
      start;
    if (moment.ms - (moments.at(-1)?.ms ?? 0) >= STEP_MS) moments.push(moment);
    if (moments.length > MOST_MOMENTS) moments = moments.filter((_one, i) => i % 2 === 0);
    return from;
  };
}
