// How wrong each model was before the users changed, just after, and at the end: the predictions that were served, beside the
// lengths that were sent. It is counted here, of what went over the wire, and not read from Wadi's own scores.

import type { Example } from "../../feed/examples.ts";
import { type Event, EventType, type ModelUpdatedData, type PredictionData } from "../../lib/events/vocabulary.ts";

const DAY_MS = 86_400_000;
/** Sessions. */
export const JUST_AFTER = 300;

/** MAE in minutes, of sessions that began then and have a label; undefined where no prediction of them was made. */
export interface SessionErrors {
  /** In the last 24 hours before. */
  readonly before: number | undefined;
  /** In the first JUST_AFTER sessions. */
  readonly after: number | undefined;
  /** In the last 24 hours of all. */
  readonly end: number | undefined;
}

export type Drift = NonNullable<ModelUpdatedData["drift"]>[number];
export type Restart = NonNullable<ModelUpdatedData["restarted"]>[number] & {
  /** Learned by the commit in which it was. */
  readonly learned: number;
};

export interface SessionWatch {
  see(event: Event): void;
  /** Examples learned when the first changed session was predicted. */
  readonly learnedAtChange: number;
  readonly drift: readonly Drift[];
  readonly restarted: readonly Restart[];
  errorsOf(model: string): SessionErrors;
}

/** @param thenAt the first changed session, from 1. */
export function watchSessions(pipeline: string, examples: readonly Example[], thenAt: number): SessionWatch {
  const numbers = new Map(examples.map(({ observation }, i) => [observation.id, i]));
  const served = new Map<number, PredictionData["values"]>();
  const drift: Drift[] = [];
  const restarted: Restart[] = [];
  let learned = 0;
  let learnedAtChange = 0;

  function errorOf(model: string, isIn: (example: Example, i: number) => boolean): number | undefined {
    const errors = examples.flatMap((example, i) => {
      const value = isIn(example, i) ? served.get(i)?.[model] : undefined;
      const minutes = (example.label?.event.data as { minutes?: number } | undefined)?.minutes;
      return typeof value === "number" && minutes !== undefined ? [Math.abs(value - minutes)] : [];
    });
    return errors.length === 0 ? undefined : errors.reduce((sum, error) => sum + error, 0) / errors.length;
  }

  return {
    see(event) {
      if (event["pipeline"] !== pipeline) return;
      if (event.type === EventType.predictionMade) {
        const number = numbers.get(String(event.subject));
        // An observation that comes again is answered as the first time.
        if (number === undefined || served.has(number)) return;
        served.set(number, (event.data as PredictionData).values);
        if (number === thenAt - 1) learnedAtChange = learned;
      }
      if (event.type === EventType.modelUpdated) {
        const update = event.data as ModelUpdatedData;
        learned = update.count;
        drift.push(...(update.drift ?? []));
        restarted.push(...(update.restarted ?? []).map((one) => ({ ...one, learned })));
      }
    },
    get learnedAtChange() {
      return learnedAtChange;
    },
    drift,
    restarted,
    errorsOf(model) {
      const changed = examples[thenAt - 1]?.at ?? 0;
      const last = examples.at(-1)?.at ?? 0;
      return {
        before: errorOf(model, ({ at }, i) => i < thenAt - 1 && at >= changed - DAY_MS),
        after: errorOf(model, (_one, i) => i >= thenAt - 1 && i < thenAt - 1 + JUST_AFTER),
        end: errorOf(model, ({ at }) => at > last - DAY_MS),
      };
    },
  };
}

/** What phones did to the labels and events. */
export interface PhoneCounts {
  readonly labelsLost: number;
  /** Events. */
  readonly sentTwice: number;
  /** Labels that came after the label of a session that ended later. */
  readonly outOfOrder: number;
  /** Milliseconds from the start of a session to its label: in the median, and at most. */
  readonly medianWait: number;
  readonly longestWait: number;
}

/** @param endOf when the session of a labelled example ended, epoch milliseconds. */
export function countPhones(examples: readonly Example[], endOf: (example: Example) => number): PhoneCounts {
  const labelled = examples.flatMap((example) => {
    const { label, at } = example;
    return label === undefined ? [] : [{ due: label.due, end: endOf(example), wait: label.due - at }];
  });
  let latestEnd = 0;
  let outOfOrder = 0;
  for (const { end } of [...labelled].sort((a, b) => a.due - b.due)) {
    if (end < latestEnd) outOfOrder++;
    else latestEnd = end;
  }
  const waits = labelled.map(({ wait }) => wait).sort((a, b) => a - b);
  return {
    labelsLost: examples.length - labelled.length,
    sentTwice: examples.reduce((sum, { again = {} }) => sum + Object.keys(again).length, 0),
    outOfOrder,
    medianWait: waits[Math.floor(waits.length / 2)] ?? 0,
    longestWait: waits.at(-1) ?? 0,
  };
}
