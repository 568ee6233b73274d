// Commits as they happen, where no broker of this process sees them: the heads of the model sets are looked at once a second
// while somebody listens. It is right with every class of Broker, it joins no consumer group, and what it reads does not grow
// with the stream, as reading the Broker's topic would. A commit that the next one has overtaken is told as well, from the history.

import type { Committed } from "../admin/learned.ts";
import { historyOf } from "../admin/models/stored-state.ts";
import { pipelineNameOf } from "../admin/names.ts";
import type { Clock } from "../lib/clock.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Store } from "../lib/store/store.ts";
import type { Head } from "../lib/store/stored-model.ts";

export interface StoreTapOptions {
  readonly models: Pick<Store["models"], "sets" | "head" | "history">;
  readonly pipelines: Pipelines;
  readonly clock: Clock;
}

/** As a broker tells its taps: what it wrote, and after how many events; the store knows neither. */
type Listener = (event: Event<Committed>, written: { readonly hops: number; readonly bytes: number }) => void;

/** A label, what it was joined to, and what was learned of it. */
const WRITTEN = { hops: 4, bytes: 0 };
const LOOK_MS = 1000;
/** Where there are more, each is looked at less often: these at once, then the next ones. */
const SETS_A_LOOK = 100;
/** Of one set in one look; older ones are left out. */
const MAX_COMMITS = 20;

/** A tap of `model.updated` alone, as a broker has one of all events. */
export type StoreTap = (listener: Listener) => () => void;

export function tapStore({ models, pipelines, clock }: StoreTapOptions): StoreTap {
  const listeners = new Set<Listener>();
  let end = () => {};

  function begin(): () => void {
    let over = false;
    const look = createLook(models, pipelines);
    const again = async () => {
      const events = await look().catch(() => []); // the store is away: later
      for (const event of events) for (const listener of listeners) listener(event, WRITTEN);
      if (!over) cancel = clock.after(LOOK_MS, again);
    };
    let cancel = clock.after(0, again);
    return () => {
      over = true;
      cancel();
    };
  }

  return (listener) => {
    listeners.add(listener);
    if (listeners.size === 1) end = begin();
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) end();
    };
  };
}

/** Each call looks at the next sets, and gives what was committed since they were looked at last. */
function createLook(models: StoreTapOptions["models"], pipelines: Pipelines): () => Promise<Event<Committed>[]> {
  const seen = new Map<string, Head>();
  let after: string | undefined;
  /** Until all were looked at once, a set that is not known is not new. */
  let first = true;

  async function committed(set: string): Promise<Event<Committed>[]> {
    const head = await models.head(set);
    const before = seen.get(set);
    if (before?.revision === head.revision && before.generation === head.generation) return [];
    seen.set(set, head);
    if (first && before === undefined) return [];
    const since = before?.generation === head.generation ? before.version : 0;
    // A rollback to before has a greater version, too.
    const points = historyOf(await models.history(set, MAX_COMMITS)).filter(({ version }) => version > since);
    return points.reverse().map((point) => updateOf(set, pipelineNameOf(set, pipelines), head, point));
  }

  return async () => {
    const page = await models.sets({ limit: SETS_A_LOOK, ...(after !== undefined && { after }) });
    const events = (await Promise.all(page.map(committed))).flat();
    after = page.length < SETS_A_LOOK ? undefined : page.at(-1);
    if (after === undefined) first = false;
    return events;
  };
}

function updateOf(
  set: string,
  pipeline: string,
  { generation, revision }: Head,
  { time, version, count, scoredOnServed, metrics, champion, drift, restarted }: ReturnType<typeof historyOf>[number],
): Event<Committed> {
  return {
    specversion: "1.0",
    // Only the newest commit's revision is known.
    id: `${set}:${revision}:${version}`,
    source: `/wadi/${pipeline}/learn`,
    type: EventType.modelUpdated,
    ...{ pipeline, subject: set, time: new Date(time).toISOString() },
    datacontenttype: "application/json",
    data: {
      ...{ set, generation, version, count, metrics },
      ...(champion !== undefined && { champion }),
      ...(drift !== undefined && { drift }),
      ...(restarted !== undefined && { restarted }),
      ...(scoredOnServed !== undefined && { scoredOnServed }),
    },
  };
}
