// The weights of a stored model set, and how they came to be what they are: of those of its models that are a sum, as the state
// has them now, and as each snapshot on the way to it has them.

import { createModel } from "../../lib/learners/chain.ts";
import type { LearnedSum, LearnedWeight } from "../../lib/learners/learner.ts";
import type { ChallengerState, ModelSetState, OneModelState } from "../../lib/learners/model-set-state.ts";
import { challengerName } from "../../lib/learners/restart.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { Snapshot, Snapshots } from "../../lib/store/snapshots.ts";
import type { StateReader } from "../../lib/store/store.ts";
import type { StoredModel } from "../../lib/store/stored-model.ts";
import type { Admin } from "../admin.ts";
import { isOnTheWay } from "../lineage.ts";
import { pipelineNameOf } from "../names.ts";
import type { ModelWeights, Weights } from "../shapes/weights.ts";
import { ancestorsOf } from "./ancestors.ts";
import { figuresOf, historyOf, type Loose, mapOf, parseLoose } from "./stored-state.ts";

const DEFAULT_LIMIT = 30;
const WHOLE_HISTORY = 10_000;

interface Sources {
  readonly models: StateReader & Snapshots;
  readonly pipelines: Pipelines;
  /** @throws NotFoundError where the set never learned. */
  readonly known: (set: string) => Promise<unknown>;
}

/** Of a model that is a sum. Another digest is another model, unless it had that before its features grew. */
interface Sum extends LearnedSum {
  readonly digest: unknown;
  readonly earlier: unknown;
}

/** By model; a challenger by its own name. */
type Sums = ReadonlyMap<string, Sum>;

/** What is shown of a model now: its largest weights, the largest first. */
interface Shown extends Omit<Sum, "weights"> {
  readonly largest: readonly LearnedWeight[];
  readonly others: number;
}

/** A version on the way: by model and weight (`keyOf`) what was there of those that are shown. */
interface Look {
  readonly at: Weights["versions"][number];
  readonly weights: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export function createWeights({ models, pipelines, known }: Sources): Pick<Admin, "weights"> {
  /** Oldest first: those that the state came from. What a rollback took back is not among them. */
  async function onTheWay(set: string, { version, revision }: StoredModel): Promise<readonly Snapshot[]> {
    const kept = await models.snapshots(set);
    const earlier = kept.filter((one) => one.version <= version && one.revision !== revision).reverse();
    // The last state that a rollback replaced is always kept: where there is none, no history has to be read.
    if (kept.every((one) => one.kept !== "rollback")) return earlier;
    const ancestors = ancestorsOf(await models.history(set, WHOLE_HISTORY));
    return earlier.filter((one) => isOnTheWay(ancestors, version, one.version));
  }

  return {
    async weights(set, { limit = DEFAULT_LIMIT }) {
      await known(set);
      const stored = await models.load(set);
      const pipeline = pipelines.get(pipelineNameOf(set, pipelines));
      const sums = pipeline === undefined ? [] : sumsOf(stored.state, pipeline);
      const shown = new Map([...sums].map(([name, sum]) => [name, shownOf(sum, limit)]));
      const looks: Look[] = [];
      for (const snapshot of shown.size === 0 ? [] : await onTheWay(set, stored)) {
        const state = await models.loadSnapshot(set, snapshot.revision);
        // It may have made room for a newer one by now.
        if (state !== undefined) looks.push(lookAt(snapshot, state, pipeline as Pipeline, shown));
        await new Promise(setImmediate); // a state may be large, and others have their turn
      }
      const { champion } = figuresOf(stored, pipeline);
      return {
        set,
        version: stored.version,
        versions: looks.map(({ at }) => at),
        models: [...shown].map(([name, of]) => weightsOf(name, of, looks, name === champion)),
      };
    },
  };
}

function lookAt(snapshot: Snapshot, state: string, pipeline: Pipeline, shown: ReadonlyMap<string, Shown>): Look {
  const { version, time, point } = snapshot;
  const [committed] = historyOf([{ version, point }]);
  // What a rollback replaced was kept later than it was committed.
  const at = { version, time: committed?.time ?? time, count: figuresOf({ state }, undefined).count };
  const weights = [...sumsOf(state, pipeline)].flatMap(([name, { digest, weights: all }]) => {
    const now = shown.get(name);
    const known = now && [now.digest, ...(Array.isArray(now.earlier) ? now.earlier : [])];
    if (now === undefined || known?.includes(digest) !== true) return [];
    const wanted = new Set(now.largest.map(keyOf));
    const found = all.map((one) => [keyOf(one), one.weight] as const).filter(([key]) => wanted.has(key));
    return [[name, new Map(found)] as const];
  });
  return { at, weights: new Map(weights) };
}

function shownOf({ weights, ...sum }: Sum, limit: number): Shown {
  // Equal ones stay in the order in which they were met.
  const largest = weights.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, limit);
  return { ...sum, largest, others: weights.length - largest.length };
}

function weightsOf(name: string, now: Shown, looks: readonly Look[], serves: boolean): ModelWeights {
  const { unit, intercept, largest, others } = now;
  const weights = largest.map((one) => {
    const { feature, class: of, weight } = one;
    const before = looks.map((look) => look.weights.get(name)?.get(keyOf(one)) ?? null);
    return { feature, ...(of !== undefined && { class: of }), now: weight, before };
  });
  return { name, serves, unit, ...(intercept !== undefined && { intercept }), weights, others };
}

function keyOf({ feature, class: of }: LearnedWeight): string {
  return JSON.stringify([feature, of]);
}

/**
 * Of a stored state, those of the file's models that are a sum and can be read. People look at a state also where this process could
 * not go on from it, so what cannot be read is left out: a model of another chain, a damaged one, one of a newer Wadi.
 */
function sumsOf(text: string, pipeline: Pipeline): Sums {
  const { models, challenger } = mapOf(parseLoose(text)) as Loose<ModelSetState>;
  const { model, at, learned } = mapOf(challenger) as Loose<ChallengerState>;
  const stored = mapOf(models);
  const named: readonly (readonly [name: string, of: string, state: unknown])[] = [
    ...Object.keys(pipeline.models).map((name) => [name, name, stored[name]] as const),
    ...(typeof model === "string" && typeof at === "number"
      ? [[challengerName(model, at), model, learned] as const]
      : []),
  ];
  return new Map(
    named.flatMap(([name, of, state]) => {
      const sum = sumOf(pipeline, of, mapOf(state));
      return sum === undefined ? [] : [[name, sum] as const];
    }),
  );
}

function sumOf(pipeline: Pipeline, name: string, { digest, earlier, chain }: Loose<OneModelState>): Sum | undefined {
  const parts = Object.hasOwn(pipeline.models, name) ? pipeline.models[name] : undefined;
  if (parts === undefined) return undefined;
  try {
    const model = createModel(parts, pipeline.context);
    const sum = model.sumOf?.(model.read(chain));
    // What has faded may be beyond what a number holds.
    return sum && { ...sum, digest, earlier, weights: sum.weights.filter(({ weight }) => Number.isFinite(weight)) };
  } catch {
    return undefined;
  }
}
