// Replays of a Wadi in this process, and what came of them.

import { systemClock } from "../../lib/clock.ts";
import type { Store } from "../../lib/store/store.ts";
import type { LocalWadi } from "../../local/start.ts";
import { later, pause, post, type Sent } from "../../local/wadi-under-test.contract.ts";
import type { ReplayRequest, Replay as Told } from "../shapes/replays.ts";
import { createReplays, type Replays, replayDefaults } from "./replays.ts";

/** Default: on the store of the Wadi. */
export function replaysOf({ broker, store, pipelines, ownLog, archive }: LocalWadi, on: Store = store): Replays {
  const tools = { store: on, log: broker.log, clock: systemClock, ownLog, archive };
  const replays = createReplays({ pipelines, ...tools, ...replayDefaults });
  later(() => replays.close());
  return replays;
}

export async function ended(replays: Replays, request: ReplayRequest): Promise<Told> {
  const { number } = await replays.start(request);
  for (;;) {
    const told = await replays.read(number);
    if (told.state !== "replaying" && told.state !== "promoting") return told;
    await pause(5);
  }
}

/** One after the other, each until it is accepted. */
export async function sendAll({ url }: LocalWadi, events: readonly Sent[]): Promise<void> {
  for (const sent of events) {
    for (let answer = await post(url, sent); answer?.status !== 202; answer = await post(url, sent)) await pause(5);
  }
}
