// The first act: no pod is there, an event comes, and its prediction.

import type { Example } from "../feed/examples.ts";
import { duration } from "../lib/figures.ts";
import { FLIGHTS, modelOf, type Stage, sendOne } from "./stage.ts";
import { until } from "./until.ts";

const WAKE_SECONDS = 120;
const LOOK_MS = 50;

/** Milliseconds from the first event to its prediction. */
export async function wake(stage: Stage, { observation, label }: Example): Promise<number> {
  const { timeline, clock, access } = stage;
  const { admin } = await access.data();
  const begun = clock.now();
  await sendOne(stage, observation);
  timeline.say("wake", `the first event is accepted, and no pod is there (${duration(clock.now() - begun)})`);
  const subject = observation.subject ?? observation.id;
  const wait = { seconds: WAKE_SECONDS, everyMs: LOOK_MS };
  await until("the prediction of the first event", stage, wait, async () => {
    const { served } = await admin.trace(FLIGHTS, subject);
    return served;
  });
  const predicted = clock.now() - begun;
  timeline.expect("wake", `from zero to the first prediction: ${duration(predicted)}`, true);
  if (label === undefined) return predicted;
  const labelled = clock.now();
  await sendOne(stage, label.event);
  await until(
    "the first example",
    stage,
    wait,
    async () => ((await modelOf(stage, FLIGHTS))?.count ?? 0) > 0 || undefined,
  );
  timeline.expect("wake", `its label comes, learn wakes and learns it: ${duration(clock.now() - labelled)}`, true);
  return predicted;
}
