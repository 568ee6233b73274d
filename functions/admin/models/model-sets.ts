// What people see of model sets, from the store.

import type { Clock } from "../../lib/clock.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import type { LearnedIds } from "../../lib/store/learned-ids.ts";
import type { Snapshots } from "../../lib/store/snapshots.ts";
import type { ModelSets, SetPage, StateReader } from "../../lib/store/store.ts";
import type { Admin } from "../admin.ts";
import { pipelineNameOf, unknownSet } from "../names.ts";
import type { HistoryPoint } from "../shapes/history.ts";
import type { ModelSetSummary } from "../shapes/shapes.ts";
import { createOrder } from "./order.ts";
import { figuresOf, historyOf, limitOf, loadLoosely } from "./stored-state.ts";
import { verdictsOf } from "./verdict.ts";

const DEFAULT_PAGE = 100;
const DEFAULT_HISTORY = 100;
/** Commits between two reads of the store, at most. */
const MEANWHILE = 100;

interface Points {
  readonly upTo: number;
  readonly limit: number;
  /** Only later versions. */
  readonly after: number | undefined;
}

type Models = StateReader & ModelSets & Snapshots & LearnedIds;

export function createModelSets(
  models: Models,
  pipelines: Pipelines,
  clock: Pick<Clock, "now">,
): Pick<Admin, "models" | "model"> {
  const ordered = createOrder(models, pipelines, clock);

  async function summarize(set: string): Promise<ModelSetSummary> {
    const stored = await loadLoosely(models, set);
    const { generation, version } = stored;
    const pipeline = pipelineNameOf(set, pipelines);
    const { count, champion, models: figures } = figuresOf(stored, pipelines.get(pipeline));
    const serving = figures.find(({ serves }) => serves);
    const metrics = serving?.metrics ?? {};
    const isBaseline = serving?.isBaseline === true && { isBaseline: true as const };
    const [newest] = historyOf(await models.history(set, 1));
    const last = newest !== undefined && { last: newest.time };
    return { set, pipeline, generation, version, count, champion, ...isBaseline, metrics, ...last };
  }

  async function byName({ after, prefix, limit }: SetPage & { readonly limit: number }) {
    const names = await models.sets({ after, prefix, limit: limit + 1 });
    const sets = names.slice(0, limit);
    const last = sets.at(-1);
    return { sets, ...(names.length > limit && last !== undefined && { next: last }) };
  }

  /** Newest first: those of the state that was read, and none that was added since. */
  async function pointsOf(set: string, { upTo, limit, after }: Points): Promise<HistoryPoint[]> {
    const lacking = Math.min(limit, after === undefined ? limit : Math.max(0, upTo - after));
    if (lacking === 0) return [];
    const found = historyOf(await models.history(set, lacking + MEANWHILE));
    return found.filter(({ version }) => version <= upTo && version > (after ?? 0)).slice(0, limit);
  }

  return {
    async models({ sort = "name", limit = DEFAULT_PAGE, after, prefix }) {
      const [{ sets, next }, count] = await Promise.all([
        sort === "name" ? byName({ after, prefix, limit }) : ordered({ sort, after, prefix, limit }),
        models.setCount(prefix),
      ]);
      const items: ModelSetSummary[] = [];
      for (const set of sets) {
        items.push(await summarize(set));
        await new Promise(setImmediate); // a state may be large, and others have their turn
      }
      return { items, ...(next !== undefined && { next }), count };
    },
    async model(set, { history = DEFAULT_HISTORY, after }) {
      const found = await loadLoosely(models, set);
      if (found.version === 0 && (await models.sets({ prefix: set, limit: 1 }))[0] !== set)
        throw await unknownSet(models, set);
      // A set without a version that is listed was first committed in between, unless it has just begun anew.
      const stored = found.version === 0 ? await loadLoosely(models, set) : found;
      const pipeline = pipelineNameOf(set, pipelines);
      const { generation, version, revision, state } = stored;
      const points = await pointsOf(set, { upTo: version, limit: history, after });
      const figures = figuresOf(stored, pipelines.get(pipeline));
      return {
        ...{ set, pipeline, generation, version, revision, ...figures },
        verdicts: verdictsOf(figures.models, pipelines.get(pipeline)),
        learnedIds: await models.learnedCount(set),
        stateBytes: Buffer.byteLength(state),
        ...limitOf(state),
        drift: points.flatMap(({ version, time, drift = [] }) =>
          drift.toReversed().map((found) => ({ version, time, ...found })),
        ),
        history: points,
      };
    },
  };
}
