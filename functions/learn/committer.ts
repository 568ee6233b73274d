// The group commit of one model set: while a commit is under way the examples that arrive queue up, and the next
// commit takes them all.
//
//   G1  An example is answered only after the commit that holds it, or after the store said it was learned before.
//   G2  Groups are taken in call order, one at a time, and commit whole.
//   G3  The same id twice in a group is learned once; its doubles share the answer.
//   G4  A conflict costs one recomputation on the state that came with the refusal; no second read.
//   G5  After a failure that may pass, all that is queued fails with it: nothing overtakes what will be sent again.

import type { Clock } from "../lib/clock.ts";
import { UnavailableError, VersionConflictError } from "../lib/errors.ts";
import type { ModelUpdatedData } from "../lib/events/vocabulary.ts";
import type { LabelledExample } from "../lib/learners/model-set-state.ts";
import type { StoreWatch } from "../lib/regression/watch.ts";
import type { CommitAnswer, ModelStore } from "../lib/store/store.ts";
import type { LearnedId, StoredModel } from "../lib/store/stored-model.ts";
import type { Telemetry } from "../lib/telemetry/metrics.ts";
import { type OpenedModel, openModel, type SetPipeline } from "./opened-model.ts";
import { createPauses, createTurn } from "./turn.ts";

export interface CommitterDeps {
  readonly set: string;
  readonly pipeline: SetPipeline;
  readonly models: ModelStore;
  /** The set that this one starts with, where it was never committed to. */
  readonly prior?: string | undefined;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly watch: StoreWatch;
  /** A new revision: 128 random bits. */
  readonly revision: () => string;
  /** A number in [0, 1), for the jitter between tries. */
  readonly random: () => number;
  /** Most examples in a commit. */
  readonly groupLimit: number;
  /** Milliseconds of conflicts after which a group gives up with 409. */
  readonly conflictBudgetMs: number;
}

/** One example and the id it is learned under. */
export interface IdentifiedExample extends LabelledExample {
  readonly learnedId: LearnedId;
}

export interface Committer {
  /** Answers what the commit did to the first example of its group, undefined to the others and to duplicates. */
  learn(example: IdentifiedExample): Promise<(ModelUpdatedData & { readonly revision: string }) | undefined>;
}

type Update = ModelUpdatedData & { readonly revision: string };

interface Waiting {
  readonly example: IdentifiedExample;
  resolve(update: Update | undefined): void;
  reject(error: unknown): void;
}

export function createCommitter(deps: CommitterDeps): Committer {
  const { set, models, clock, telemetry, watch } = deps;
  // Where a pipeline has a set for each value its figures are those of all of them: /metrics must not grow with the data.
  const label = { set: deps.pipeline.name };
  let queue: Waiting[] = [];
  let running = false;
  let opened: OpenedModel | undefined;
  const turn = createTurn(deps.random);

  return {
    learn(example) {
      return new Promise((resolve, reject) => {
        queue.push({ example, resolve, reject });
        if (running) return;
        running = true;
        // What arrives in this turn of the event loop makes the first group.
        setImmediate(run);
      });
    },
  };

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const rest = turn.rest();
      if (rest > 0) await wait(rest);
      const group = queue.splice(0, deps.groupLimit);
      try {
        await commitGroup(group);
      } catch (error) {
        opened = undefined; // what was computed may not be what the store holds
        const behind = queue;
        queue = [];
        for (const waiting of [...group, ...behind]) waiting.reject(error);
      }
    }
    running = false;
  }

  async function commitGroup(group: readonly Waiting[]): Promise<void> {
    const unique = new Map<string, IdentifiedExample>();
    for (const { example } of group) {
      if (!unique.has(example.learnedId.id)) unique.set(example.learnedId.id, example);
    }
    const giveUpAt = clock.now() + deps.conflictBudgetMs;
    const base = opened ?? (await open(await load()));
    opened = base;
    const pauses = createPauses(deps.random);
    for (let attempt = 1; ; attempt++) {
      const { update, turnMs = 0 } = await tryCommit([...unique.values()], unique, attempt > 1);
      if (update !== undefined) return settle(group, unique, update);
      if (unique.size === 0) break;
      const pause = pauses.next(turnMs);
      if (pause > 0) await wait(pause);
      if (clock.now() > giveUpAt) throw conflictError(set, attempt);
    }
    settle(group, unique, undefined);
  }

  async function load(): Promise<StoredModel> {
    const answered = watch.asking(set);
    const stored = await models.load(set);
    answered(stored);
    return stored;
  }

  /** One try; on a refusal `unique` loses what was learned before and `opened` is what the store now holds. */
  async function tryCommit(
    examples: readonly IdentifiedExample[],
    unique: Map<string, IdentifiedExample>,
    refusedBefore: boolean,
  ): Promise<{ readonly update?: Update; readonly turnMs?: number | undefined }> {
    const model = opened as OpenedModel;
    const revision = deps.revision();
    const start = clock.now();
    const computed = model.learn(examples, revision, start);
    const ids = examples.map(({ learnedId }) => learnedId);
    const turnMs = queue.length > 0 ? turn.left(start) : 0;
    const answered = asking(examples);
    const answer = await models.commit(set, { ...computed.commit, ids, turnMs });
    telemetry.commits.inc({ ...label, outcome: answer.outcome });
    if (answer.outcome === "committed") {
      opened = computed.next(answer.version);
      const now = clock.now();
      turn.committed(now, now - start, (answer.contended ?? 0) - (refusedBefore ? 1 : 0));
      // A new version is newer than all that was seen, unless the store has lost its tail.
      answered({ generation: computed.commit.generation, version: answer.version }, answer.version - 1);
      measure(examples.length, computed, answer.version);
      return { update: { ...computed.summary, version: answer.version, revision } };
    }
    if (answer.outcome === "conflict") answered(answer.current);
    opened = await reopen(answer, model);
    if (answer.outcome !== "held") for (const id of answer.learned) unique.delete(id);
    if (answer.outcome !== "conflict") return {};
    turn.lost();
    return { turnMs: answer.turnMs };
  }

  /** Before a commit of these; its answer tells of the store, and whether it has what served them. */
  function asking(examples: readonly IdentifiedExample[]): ReturnType<StoreWatch["asking"]> {
    const answered = watch.asking(set);
    return (found, before = found.version) => {
      answered(found, before);
      const had = { generation: found.generation, version: before };
      for (const { served } of examples) if (served !== undefined) watch.claimed(set, served, had);
    };
  }

  async function reopen(
    answer: Exclude<CommitAnswer, { outcome: "committed" }>,
    model: OpenedModel,
  ): Promise<OpenedModel> {
    if (answer.outcome === "held") {
      throw new UnavailableError(
        "held",
        `commits to ${set} are held for a promotion or an export; send again in a moment`,
      );
    }
    return answer.outcome === "conflict" ? open(answer.current) : model.again();
  }

  async function open(stored: StoredModel): Promise<OpenedModel> {
    const { prior } = deps;
    const startsThere = stored.state === "" && prior !== undefined && prior !== set;
    return openModel(deps.pipeline, set, stored, startsThere ? await models.load(prior) : undefined);
  }

  /** G3: the first of the learned ones is told what the commit did, all the others only that they are done. */
  function settle(group: readonly Waiting[], learned: ReadonlyMap<string, unknown>, update: Update | undefined): void {
    const duplicates = group.length - learned.size;
    if (duplicates > 0) telemetry.duplicates.inc(label, duplicates);
    const teller = update && group.find(({ example }) => learned.has(example.learnedId.id));
    for (const waiting of group) waiting.resolve(waiting === teller ? update : undefined);
  }

  function measure(
    examples: number,
    { scoredOnServed, skipped }: ReturnType<OpenedModel["learn"]>,
    version: number,
  ): void {
    telemetry.learned.inc({ ...label, scored: "served" }, scoredOnServed);
    telemetry.learned.inc({ ...label, scored: "fresh" }, examples - scoredOnServed);
    for (const [model, n] of Object.entries(skipped)) telemetry.skipped.inc({ ...label, model }, n);
    telemetry.commitExamples.observe(label, examples);
    // Of several sets there is no one version.
    if (set === deps.pipeline.name) telemetry.modelVersion.set(label, version);
  }

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => void clock.after(ms, resolve));
  }
}

function conflictError(set: string, attempts: number): VersionConflictError {
  return new VersionConflictError(
    "version-conflict",
    `${attempts} commits to ${set} met other writers; send again later`,
  );
}
