// Model sets in another order than that of their names, from the newest point of each one's history: the states themselves are large.
//
//   O1  A page begins after the last entry of the page before, by what that one was sorted by then, and by its name. So a set that is not
//       committed to in between is on exactly one page; one that is may move, and then be missed or met again.
//   O2  What was read is kept for some seconds, and longer where it took long to read: many who watch cost as much as one. After that
//       it still answers for as long again, where it took long, while it is read anew.

import type { Clock } from "../../lib/clock.ts";
import { BusyError, RejectedError } from "../../lib/errors.ts";
import { createMetric } from "../../lib/learners/metrics/index.ts";
import type { Metric } from "../../lib/learners/metrics/metric.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { Snapshots, HistoryPoint as StoredPoint } from "../../lib/store/snapshots.ts";
import type { ModelSets } from "../../lib/store/store.ts";
import { pipelineNameOf } from "../names.ts";
import type { ModelSetsQuery } from "../shapes/model-sets.ts";
import { mapOf, parseLoose } from "./stored-state.ts";

export type Sort = Exclude<NonNullable<ModelSetsQuery["sort"]>, "name">;

/** One page. `next`: where the next one begins; undefined on the last. */
export interface OrderedPage {
  readonly sets: readonly string[];
  readonly next?: string;
}

interface Wanted {
  readonly sort: Sort;
  readonly prefix?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** What a set is sorted by. */
interface Entry {
  readonly set: string;
  /** The lower, the earlier; undefined for what has none, which comes last. */
  readonly keys: Readonly<Record<Sort, number | undefined>>;
}

type Place = { readonly set: string; readonly key: number | undefined };

interface Look {
  readonly entries: readonly Entry[];
  readonly sorted: Map<Sort, readonly Place[]>;
  readonly at: number;
  readonly keptMs: number;
}

/** Some ten megabytes. */
const MOST_SETS = 100_000;
const MOST_LOOKS = 2;
const MOST_READING = 4;
/** Sets that are read together; then others have their turn. */
const CHUNK = 200;
const KEPT_MS = 3_000;
const MOST_KEPT_MS = 60_000;
/** So that no more than a tenth of the time is spent reading. */
const TIMES_AS_LONG = 10;

type Models = ModelSets & Pick<Snapshots, "history">;

/** @throws RejectedError for a cursor that is none, and where there are too many sets; BusyError where many sort many at once. */
export function createOrder(models: Models, pipelines: Pipelines, clock: Pick<Clock, "now">) {
  /** By prefix. */
  const looks = new Map<string, Look>();
  const reading = new Map<string, Promise<Look>>();
  const scores = createScores();

  async function read(prefix: string): Promise<Look> {
    const start = clock.now();
    const names = await models.sets({ prefix, limit: MOST_SETS + 1 });
    if (names.length > MOST_SETS) throw tooMany(prefix);
    const entries: Entry[] = [];
    for (let i = 0; i < names.length; i += CHUNK) {
      const newest = names.slice(i, i + CHUNK).map(async (set) => entryOf(set, (await models.history(set, 1))[0]));
      entries.push(...(await Promise.all(newest)));
      await new Promise(setImmediate);
    }
    const at = clock.now();
    const keptMs = Math.min(MOST_KEPT_MS, Math.max(KEPT_MS, TIMES_AS_LONG * Math.abs(at - start)));
    return { entries, sorted: new Map(), at, keptMs };
  }

  function entryOf(set: string, stored: StoredPoint | undefined): Entry {
    if (stored === undefined) return { set, keys: NOTHING };
    const { time, metrics, serves, champion: change } = mapOf(parseLoose(stored.point));
    const pipeline = pipelines.get(pipelineNameOf(set, pipelines));
    const champion = [serves, mapOf(change)["to"], pipeline?.serve].find((one) => typeof one === "string") as string;
    const badness = scores.badnessOf(mapOf(mapOf(metrics)[champion]), pipeline);
    const [last, worst] = [numberOf(time), badness === undefined ? undefined : -badness];
    return { set, keys: { worst, newest: last === undefined ? undefined : -last, silent: last } };
  }

  async function look(prefix: string): Promise<Look> {
    const known = looks.get(prefix);
    if (known !== undefined) {
      const { at, keptMs } = known;
      // If the clock was set back it is read again, too.
      const age = Math.abs(clock.now() - at);
      if (age < keptMs) return known;
      if (keptMs > KEPT_MS && age < 2 * keptMs) {
        refresh(prefix).catch(() => undefined); // whoever asks when it is too old is told
        return known;
      }
    }
    return refresh(prefix);
  }

  /** Those who ask meanwhile wait for the same one. */
  async function refresh(prefix: string): Promise<Look> {
    const underWay = reading.get(prefix);
    if (underWay !== undefined) return underWay;
    if (reading.size >= MOST_READING) throw tooBusy();
    const begun = read(prefix).finally(() => reading.delete(prefix));
    reading.set(prefix, begun);
    return begun.then((found) => {
      looks.delete(prefix);
      looks.set(prefix, found);
      const [oldest] = looks.keys();
      if (looks.size > MOST_LOOKS && oldest !== undefined) looks.delete(oldest);
      return found;
    });
  }

  return async ({ sort, prefix = "", after, limit }: Wanted): Promise<OrderedPage> => {
    const last = after === undefined ? undefined : placeOf(after);
    const { entries, sorted } = await look(prefix);
    const all = sorted.get(sort) ?? entries.map(({ set, keys }) => ({ set, key: keys[sort] })).sort(compare);
    sorted.set(sort, all);
    const from = last === undefined ? 0 : firstAfter(all, last);
    const page = all.slice(from, from + limit);
    const end = page.at(-1);
    const more = end !== undefined && from + limit < all.length;
    return { sets: page.map(({ set }) => set), ...(more && { next: cursorOf(end) }) };
  };
}

const NOTHING = { worst: undefined, newest: undefined, silent: undefined };

/** Undefined for what is no finite number. */
function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function compare(a: Place, b: Place): number {
  const [one, other] = [a.key ?? Number.POSITIVE_INFINITY, b.key ?? Number.POSITIVE_INFINITY];
  if (one !== other) return one < other ? -1 : 1;
  return a.set < b.set ? -1 : Number(a.set > b.set);
}

function firstAfter(sorted: readonly Place[], last: Place): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle] as Place, last) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** `-16.02:flights/LAX`; of a set that has nothing to be sorted by `:flights/LAX`. */
function cursorOf({ key, set }: Place): string {
  return `${key ?? ""}:${set}`;
}

function placeOf(cursor: string): Place {
  const [, key, set] = /^(-?\d+(?:\.\d+)?(?:e[+-]\d+)?|):(.+)$/s.exec(cursor) ?? [];
  if (key === undefined || set === undefined) {
    const problem = "is no cursor of this order: take `next` of the page before, or leave it out";
    throw new RejectedError("request", `after ${problem}`, [{ path: "query.after", problem }]);
  }
  return { set, key: key === "" ? undefined : Number(key) };
}

function tooBusy(): BusyError {
  return new BusyError("busy", `${MOST_READING} other lists of model sets are being sorted; try again in a moment`);
}

function tooMany(prefix: string): RejectedError {
  const most = `at most ${MOST_SETS} model sets are sorted otherwise than by name`;
  const cure = prefix === "" ? "say what their names begin with (prefix)" : "take a longer prefix";
  const problem = `${most}, and there are more: ${cure}, or sort by name`;
  return new RejectedError("too-many-sets", problem, [{ path: "query.sort", problem }]);
}

/** How bad a model is by its scores. */
function createScores() {
  /** By name, for all pipelines. */
  const metrics = new Map<string, Metric["better"]>();

  function betterOf(name: string, pipeline: Pipeline | undefined): Metric["better"] {
    const known = metrics.get(name);
    if (known !== undefined) return known;
    for (const metric of (pipeline?.metrics ?? []).map((spec) => createMetric(spec))) {
      metrics.set(metric.name, metric.better);
    }
    if (!metrics.has(name)) metrics.set(name, ofItsName(name));
    return metrics.get(name) as Metric["better"];
  }

  return {
    /** The greater the worse, by the first rolling score, else by the first one; undefined where there is none that tells. */
    badnessOf(values: Readonly<Record<string, unknown>>, pipeline: Pipeline | undefined): number | undefined {
      const telling = Object.keys(values).filter((one) => betterOf(one, pipeline) !== "neither");
      const name = telling.find((one) => one.includes("_rolling_")) ?? telling[0];
      const value = name === undefined ? undefined : numberOf(values[name]);
      if (name === undefined || value === undefined) return undefined;
      return betterOf(name, pipeline) === "higher" ? -value : value;
    },
  };
}

/** Of a pipeline that is not deployed here, or has another file by now. */
function ofItsName(name: string): Metric["better"] {
  try {
    return createMetric(name.replace(/_rolling_\d+$/, "")).better;
  } catch {
    return "neither";
  }
}
