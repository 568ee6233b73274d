// The model that serves, fresh: its version is asked once a burst of requests, its state only when it changed.
//
//   P1  A burst is what one turn of the event loop brings. It was all there when the turn began, so a question asked in
//       the turn is younger than each of its requests; an answer that is shared for longer might be older than a commit
//       that the caller knows of.
//   P2  Who may be answered from the last state (`recent`) waits for a store that is unwell a moment only, and gets it
//       marked, for as long as the limit allows. One question at a time then finds out whether the store is back.

import type { Clock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import { ChangedModelError, createModelSet, type ModelSet } from "../lib/learners/model-set.ts";
import type { ModelSetState, OpenModelSet } from "../lib/learners/model-set-state.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { StoreWatch } from "../lib/regression/watch.ts";
import type { ModelStore } from "../lib/store/store.ts";
import type { Head } from "../lib/store/stored-model.ts";

export interface ServingModel {
  readonly head: Head;
  readonly models: OpenModelSet;
  /** When the store was asked that called it the newest, epoch milliseconds. */
  readonly asOf: number;
  /** Why the store could not be asked, where this is but the last that is known. */
  readonly stale?: string;
}

export interface ModelReader {
  /** @throws UnavailableError. */
  current(): Promise<ServingModel>;
  /** While the store is away the last one that is known, no older than the limit. @throws UnavailableError. */
  recent(): Promise<ServingModel>;
}

export interface ReaderDeps {
  readonly models: ModelStore;
  readonly clock: Clock;
  readonly watch: StoreWatch;
  /** How old an answer of `recent` may be; 0: it is as `current`. */
  readonly maxStalenessMs: number;
}

/** How long `recent` waits for a store that was well, and for one that was not. */
const PATIENCE_MS = 500;
const LITTLE_PATIENCE_MS = 25;

/** What became of a question: the store's answer, or why there is none. */
type Outcome = ServingModel | { readonly away: UnavailableError };

export function createModelReader(deps: ReaderDeps, pipeline: Pipeline, set: string): ModelReader {
  const { models, clock, watch, maxStalenessMs } = deps;
  const modelSet = createModelSet(pipeline);
  let known: ServingModel | undefined;
  let burst: { readonly question: Promise<Outcome>; readonly fresh: Promise<ServingModel> } | undefined;
  let recently: Promise<ServingModel> | undefined;
  let underWay: Promise<Outcome> | undefined;
  /** Since the store did not answer, or not in time, until it does. */
  let unwell = false;

  async function ask(): Promise<Outcome> {
    const asOf = clock.now();
    const answered = watch.asking(set);
    const found = await read();
    unwell = found.away !== undefined;
    if (found.away !== undefined) return { away: found.away };
    const { head, state } = found;
    answered(head);
    const serving = { head, models: state === undefined ? found.models : openState(modelSet, pipeline, state), asOf };
    // A question that was overtaken by a later one answers those who asked it, and nobody else.
    if (known === undefined || known.asOf <= asOf) known = serving;
    return serving;
  }

  async function read() {
    try {
      const before = known;
      const head = await models.head(set);
      const { revision, generation } = head;
      if (before?.head.revision === revision && before.head.generation === generation) {
        return { head: before.head, models: before.models, state: undefined };
      }
      const { state, ...loaded } = await models.load(set);
      return { head: loaded, state };
    } catch (error) {
      if (error instanceof UnavailableError) return { away: error };
      throw error;
    }
  }

  function askInBurst(): NonNullable<typeof burst> {
    if (burst !== undefined) return burst;
    const question = ask();
    const settled = () => {
      if (underWay === question) underWay = undefined;
    };
    question.then(settled, settled);
    underWay = question;
    burst = { question, fresh: question.then(orThrow) };
    burst.fresh.catch(() => undefined); // who asked is told; `recent` looks at the question alone
    setImmediate(() => {
      burst = undefined;
    });
    return burst;
  }

  async function askRecent(): Promise<ServingModel> {
    const question = (unwell ? underWay : undefined) ?? askInBurst().question;
    const last = known;
    if (last === undefined || maxStalenessMs === 0) return orThrow(await question);
    const patience = unwell ? LITTLE_PATIENCE_MS : PATIENCE_MS;
    const answer = await inTime(question, patience);
    if (answer !== undefined && !("away" in answer)) return answer;
    unwell = true;
    // Too old, and it is as if nothing were known.
    if (clock.now() - last.asOf > maxStalenessMs) return orThrow(await question);
    return { ...last, stale: answer?.away.message ?? `the store has not answered within ${patience} ms` };
  }

  /** Undefined where it takes longer. */
  function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      let answered = false;
      let cancel = () => {};
      const done = (settle: () => void) => {
        answered = true;
        cancel();
        settle();
      };
      work.then(
        (value) => done(() => resolve(value)),
        (error: unknown) => done(() => reject(error)),
      );
      // An answer that comes within the turn, as a file's does, needs no timer.
      setImmediate(() => {
        if (!answered) cancel = clock.after(ms, () => resolve(undefined));
      });
    });
  }

  return {
    current: () => askInBurst().fresh,
    recent() {
      if (recently === undefined) {
        recently = askRecent();
        setImmediate(() => {
          recently = undefined;
        });
      }
      return recently;
    },
  };
}

function orThrow(outcome: Outcome): ServingModel {
  if ("away" in outcome) throw outcome.away;
  return outcome;
}

function openState(modelSet: ModelSet, pipeline: Pipeline, state: string): OpenModelSet {
  if (state === "") return modelSet.open(modelSet.init(0));
  try {
    return modelSet.open(modelSet.carryOver(JSON.parse(state) as ModelSetState));
  } catch (error) {
    if (!(error instanceof ChangedModelError)) throw error;
    throw new UnavailableError("changed-model", `pipeline ${pipeline.name}: ${error.message}`, { cause: error });
  }
}
