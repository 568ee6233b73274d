// The first act: no pod is there, an event comes, and its prediction.

import type { Example } from "../feed/examples.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { duration, plural } from "../lib/figures.ts";
import { isAtZero } from "./readiness.ts";
import { FLIGHTS, modelOf, type Stage, sendOne } from "./stage.ts";
import { until } from "./until.ts";

const WAKE_SECONDS = 120;
const LOOK_MS = 50;

const WAIT = { seconds: WAKE_SECONDS, everyMs: LOOK_MS };

/** Milliseconds from the first event to its prediction. */
export async function wake(stage: Stage, { observation, label }: Example): Promise<number> {
  const { timeline, clock } = stage;
  const predicted = await predict(stage, observation);
  if (label === undefined) return predicted;
  const labelled = clock.now();
  await sendOne(stage, label.event);
  await until(
    "the first example",
    stage,
    WAIT,
    async () => ((await modelOf(stage, FLIGHTS))?.count ?? 0) > 0 || undefined,
  );
  timeline.expect("wake", `its label comes, learn wakes and learns it: ${duration(clock.now() - labelled)}`, true);
  return predicted;
}

/** The same again from zero for each of these, whose labels do not come; resolves with the milliseconds of each. */
export async function wakeAgain(stage: Stage, flights: readonly Example[]): Promise<readonly number[]> {
  const took: number[] = [];
  for (const { observation } of flights) {
    took.push(await predict(stage, observation));
    // Also after the last: a namespace with pods that run is minutes in going.
    await isAtZero(stage, `${plural(flights.length - took.length, "wake")} to go`);
  }
  return took;
}

async function predict(stage: Stage, observation: Event): Promise<number> {
  const { timeline, clock, access } = stage;
  const { admin } = await access.data();
  const begun = clock.now();
  await sendOne(stage, observation);
  timeline.say("wake", `an event is accepted, and no pod is there (${duration(clock.now() - begun)})`);
  const subject = observation.subject ?? observation.id;
  await until("the prediction of the event", stage, WAIT, async () => (await admin.trace(FLIGHTS, subject)).served);
  const predicted = clock.now() - begun;
  timeline.expect("wake", `from zero to the first prediction: ${duration(predicted)}`, true);
  return predicted;
}

/** Of one wake or more, in milliseconds. */
export function wakesTold(took: readonly number[]): string {
  const sorted = took.toSorted((a, b) => a - b);
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
  if (sorted.length < 2) return duration(least);
  const middle = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0] as const;
  const median = (middle[0] + middle[1]) / 2;
  return `${duration(median)}, the median of ${sorted.length} wakes of ${duration(least)} to ${duration(most)},`;
}
