// The act of names: ids and subjects that need escaping in a header. Each observation keeps its own, from the client through
// the Broker to the store, and a replay of the log finds the same names: it learns nothing twice.

import type { Replay } from "../admin/shapes/replays.ts";
import { findSpoiltNames } from "../admin/spoilt-names.ts";
import type { Example } from "../feed/examples.ts";
import { withLateLabels } from "../feed/late-labels.ts";
import { count, plural } from "../lib/figures.ts";
import { learnedAll } from "./act-stream.ts";
import { FLIGHTS, modelOf, type Stage, send } from "./stage.ts";
import { until } from "./until.ts";

const REPLAY_SECONDS = 600;

export interface Named {
  readonly accepted: number;
}

/** @param before how many examples had been learned by then. */
export async function names(stage: Stage, flights: readonly Example[], before: number): Promise<Named> {
  const { timeline, access } = stage;
  const { admin, log, pipelines } = await access.data();
  const letters = (await admin.status()).deadLetters;
  const accepted = await send(stage, withLateLabels(flights));
  timeline.say("names", `${plural(flights.length, "flight")} under names such as ${shown(flights)}, labels late`);
  await learnedAll(stage, before + flights.length, "names");
  for (const { observation } of flights) {
    const name = observation.subject ?? observation.id;
    const { state, steps } = await admin.trace(FLIGHTS, name);
    const event = steps.find(({ what }) => what === "observed")?.detail ?? "nothing";
    const isWhole = state === "learned" && event.startsWith(`event ${observation.id} from `);
    timeline.expect("names", `${name} is found by its name, learned`, isWhole, `${state}; ${event}`);
  }
  const after = (await admin.status()).deadLetters;
  timeline.expect("names", "none became a dead letter", after === letters, `there are ${after - letters} more`);
  const { spoilt, lookedAt, example = "" } = await findSpoiltNames(log.broker.log, pipelines);
  timeline.expect("names", `no name was spoilt, of ${count(lookedAt)} looked at`, spoilt === 0, example);
  await replayGap(stage, before + flights.length);
  return { accepted };
}

/** Nothing was lost, so a replay of the whole log learns nothing. */
async function replayGap(stage: Stage, learned: number): Promise<void> {
  const { timeline, access } = stage;
  const { admin } = await access.data();
  const ids = (await modelOf(stage, FLIGHTS))?.learnedIds;
  const { number } = await admin.startReplay({ pipeline: FLIGHTS, gap: true });
  let told: Replay | undefined;
  const instead = () => `${count(told?.read ?? 0)} events were read`;
  const wait = { seconds: REPLAY_SECONDS, instead };
  const { state, read, failure } = await until("the replay of the gap", stage, wait, async () => {
    told = await admin.replay(number);
    return told.state === "replaying" ? undefined : told;
  });
  timeline.expect("gap", `all of the log is read again: ${plural(read, "event")}`, state === "done", failure ?? state);
  const model = await modelOf(stage, FLIGHTS);
  const isSame = model?.count === learned && model.learnedIds === ids;
  const but = `${count(model?.count ?? 0)} with ${count(model?.learnedIds ?? 0)} ids`;
  timeline.expect("gap", `still ${count(learned)} learned, ${count(ids ?? 0)} ids: nothing twice`, isSame, but);
}

const shown = (flights: readonly Example[]) => flights.map(({ observation }) => observation.id).join(", ");
