// Whether the store went back: from what processes noticed and left in its activity, and from the versions in the log.

import type { Broker } from "../broker/broker.ts";
import type { Clock } from "../clock.ts";
import { type Event, EventType, type ModelUpdatedData } from "../events/vocabulary.ts";
import type { Store } from "../store/store.ts";
import { GAP_REPLAYED, openLostCommits, regressedText } from "./watch.ts";

const KEPT_HAPPENINGS = 1000;

/** A loss. `time`: when a process noticed it; absent where only the log shows it. */
export interface LostCommits {
  readonly pipeline: string;
  readonly detail: string;
  readonly time?: number;
}

/**
 * The versions that the store must have, by the newest `model.updated` of each model set. What was lost before a gap was
 * replayed is learned again under other versions: it is left out. @throws UnavailableError.
 */
export async function loggedVersions(
  broker: Pick<Broker, "newest">,
  { activity }: Pick<Store, "activity">,
): Promise<readonly ModelUpdatedData[]> {
  const events = (await broker.newest?.(EventType.modelUpdated)) ?? [];
  if (events.length === 0) return [];
  const replays = (await activity.tail(KEPT_HAPPENINGS)).filter(({ kind }) => kind === GAP_REPLAYED);
  const isLater = ({ data, time = "" }: Event) => {
    const [pipeline] = (data as ModelUpdatedData).set.split("/");
    const replayed = replays.find((one) => one.pipeline === pipeline);
    return replayed === undefined || Date.parse(time) > replayed.time;
  };
  return events.filter((event) => isVersion(event.data) && isLater(event)).map(({ data }) => data as ModelUpdatedData);
}

/** Anybody may put an event into the log. */
function isVersion(data: unknown): data is ModelUpdatedData {
  const { set, generation, version } = (data ?? {}) as Partial<ModelUpdatedData>;
  return typeof set === "string" && typeof generation === "string" && Number.isSafeInteger(version);
}

/** The status is asked for every second. */
const LOG_EVERY_MS = 10_000;

export function createLostCommits(store: Store, broker: Pick<Broker, "newest">, clock: Pick<Clock, "now">) {
  let read: { readonly at: number; readonly found: readonly LostCommits[] } | undefined;

  /** @throws UnavailableError. */
  return async (): Promise<LostCommits[]> => {
    const now = clock.now();
    if (read === undefined || now - read.at >= LOG_EVERY_MS) read = { at: now, found: await ofLog() };
    // What is past its retention cannot be fed again.
    const told = openLostCommits(
      await store.activity.tail(KEPT_HAPPENINGS),
      now - (await store.retention.read()).logMs,
    );
    const noticed = told.map(({ pipeline, detail, time }) => ({ pipeline, detail, time }));
    return [...noticed, ...read.found.filter(({ detail }) => !noticed.some((one) => one.detail === detail))];
  };

  /** The log is read before the store is asked: so the store must have what the log has. */
  async function ofLog(): Promise<LostCommits[]> {
    const found: LostCommits[] = [];
    for (const { set, generation, version } of await loggedVersions(broker, store)) {
      const head = await store.models.head(set);
      const isOlder = head.version === 0 || (head.generation === generation && head.version < version);
      if (!isOlder) continue;
      const [pipeline = set] = set.split("/");
      found.push({ pipeline, detail: regressedText(set, head, version) });
    }
    return found;
  }
}
