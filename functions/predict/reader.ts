// The model that serves: the newest one, or, where that is allowed and the store is away, the last one known.
//
//   P1  Requests that arrive in one turn of the event loop share one question to the store. All of them were there when the
//       turn began, so the answer is younger than each. An answer shared for longer might be older than a commit that the
//       caller knows of.
//   P2  `recent` may answer from the last state. It waits for an unwell store only a moment, marks what it answers, and stops
//       at the limit. One question at a time finds out whether the store is back.

import type { Clock } from "../lib/clock.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { createModelSource, type KnownModel, type Outcome, type SourceDeps } from "./model-source.ts";

export interface ServingModel extends KnownModel {
  /** Why the store could not be asked, where this is but the last that is known. */
  readonly stale?: string;
}

export interface ModelReader {
  /** The newest. @throws UnavailableError. */
  current(): Promise<ServingModel>;
  /** While the store is away the last one known, no older than the limit. @throws UnavailableError. */
  recent(): Promise<ServingModel>;
}

export interface ReaderDeps extends SourceDeps {
  /** How old an answer of `recent` may be; 0: it is as `current`. */
  readonly maxStalenessMs: number;
}

/** How long `recent` waits for a store that was well, and for one that was not. */
const PATIENCE_MS = 500;
const LITTLE_PATIENCE_MS = 25;

export function createModelReader(deps: ReaderDeps, pipeline: Pipeline, set: string): ModelReader {
  const { clock, maxStalenessMs } = deps;
  const source = createModelSource(deps, pipeline, set);
  let underWay: Promise<Outcome> | undefined;

  const ask = oncePerTurn(() => {
    const question = source.ask();
    const settled = () => {
      if (underWay === question) underWay = undefined;
    };
    question.then(settled, settled);
    underWay = question;
    const fresh = question.then(orThrow);
    fresh.catch(() => undefined); // who called `current` is told; `recent` looks at the question alone
    return { question, fresh };
  });

  const recent = oncePerTurn(async (): Promise<ServingModel> => {
    const question = (source.isUnwell() ? underWay : undefined) ?? ask().question;
    const last = source.last();
    if (last === undefined || maxStalenessMs === 0) return orThrow(await question);
    const patience = source.isUnwell() ? LITTLE_PATIENCE_MS : PATIENCE_MS;
    const answer = await within(clock, question, patience);
    if (answer !== undefined && !("away" in answer)) return answer;
    source.notInTime();
    // Too old counts as unknown.
    if (clock.now() - last.asOf > maxStalenessMs) return orThrow(await question);
    return { ...last, stale: answer?.away.message ?? `the store has not answered within ${patience} ms` };
  });

  return { current: () => ask().fresh, recent };
}

/** All who call within one turn of the event loop get what the first of them made. */
function oncePerTurn<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    if (made === undefined) {
      made = { value: make() };
      setImmediate(() => {
        made = undefined;
      });
    }
    return made.value;
  };
}

/** Undefined where the work takes longer. */
function within<T>(clock: Clock, work: Promise<T>, ms: number): Promise<T | undefined> {
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

function orThrow(outcome: Outcome): KnownModel {
  if ("away" in outcome) throw outcome.away;
  return outcome;
}
