// The group commit of one model set: examples that arrive while a commit is under way wait in a queue, and the next commit
// takes them all.
//
//   C1  An example is answered only after the commit that holds it, or after the store said it was learned before.
//   C2  Groups are those of group.ts (in call order, one at a time, failing with all that wait), and each is one commit.
//   C3  The same id twice in a group is learned once; its duplicates share the answer.
//   C4  A conflict costs one recomputation on what came with the refusal, and no second read. After a pause what others have
//       committed meanwhile is read first, so that it can be learned where nothing has to be opened again.
//   C5  An example that cannot be learned fails alone, by what the store holds now; its group is committed without it.

import type { Clock } from "../lib/clock.ts";
import { RejectedError, UnavailableError, VersionConflictError } from "../lib/errors.ts";
import type { ModelUpdatedData, Served } from "../lib/events/vocabulary.ts";
import { inGroups } from "../lib/group.ts";
import type { Example } from "../lib/learners/model-set-state.ts";
import { MAX_LABELS } from "../lib/learners/task.ts";
import type { StoreWatch } from "../lib/lost-commits/watch.ts";
import { damagedState } from "../lib/store/damaged-state.ts";
import type { StateReader, StateWriter } from "../lib/store/store.ts";
import type { BaseAndTail, Head, LearnedId } from "../lib/store/stored-model.ts";
import type { Telemetry } from "../lib/telemetry/metrics.ts";
import { createCommitFigures } from "./commit-figures.ts";
import { type OpenedModel, openModel, type SetPipeline } from "./opened-model.ts";
import type { StateSize } from "./state-size.ts";
import { createPauses, createTurn } from "./turn.ts";

export interface CommitterDeps {
  readonly set: string;
  readonly pipeline: SetPipeline;
  readonly models: StateReader & StateWriter;
  /** The set that this one starts from while it has no commits. */
  readonly prior?: string | undefined;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly watch: StoreWatch;
  readonly stateSize?: StateSize;
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
export interface IdentifiedExample extends Example {
  readonly learnedId: LearnedId;
  readonly served?: Served;
}

export interface Committer {
  /** Of the state that is open, as it is stored; about. */
  readonly stateBytes: number;
  /**
   * Resolves with the commit's summary for the first example of its group, undefined for the rest and for duplicates.
   * @throws RejectedError `too-many-labels`.
   */
  learn(example: IdentifiedExample): Promise<(ModelUpdatedData & { readonly revision: string }) | undefined>;
}

type Update = ModelUpdatedData & { readonly revision: string };
type Result = Update | RejectedError | undefined;

export function createCommitter(deps: CommitterDeps): Committer {
  const { set, models, clock, watch } = deps;
  const figures = createCommitFigures(deps.telemetry, deps.pipeline.name, set);
  let opened: OpenedModel | undefined;
  let stateBytes = 0;
  const turn = createTurn(deps.random);
  const groups = inGroups<IdentifiedExample, Result>({
    limit: deps.groupLimit,
    before() {
      const rest = turn.rest();
      return rest > 0 ? wait(rest) : undefined;
    },
    async work(group) {
      try {
        return await commitGroup(group);
      } catch (error) {
        opened = undefined; // what was computed may not be what the store holds
        throw error;
      }
    },
  });

  return {
    async learn(example) {
      const result = await groups.add(example);
      if (result instanceof RejectedError) throw result;
      return result;
    },
    get stateBytes() {
      return stateBytes;
    },
  };

  async function commitGroup(group: readonly IdentifiedExample[]): Promise<readonly Result[]> {
    const refused = new Map<string, RejectedError>();
    const unique = new Map<string, IdentifiedExample>();
    for (const example of group) {
      if (!unique.has(example.learnedId.id)) unique.set(example.learnedId.id, example);
    }
    const giveUpAt = clock.now() + deps.conflictBudgetMs;
    if (opened === undefined || opened.pastLabels(group).length > 0) opened = await open(await load());
    const pauses = createPauses(deps.random);
    for (let attempt = 1; ; attempt++) {
      let examples = [...unique.values()];
      const past = opened.pastLabels(examples);
      for (const { learnedId, y } of past) {
        unique.delete(learnedId.id);
        refused.set(learnedId.id, labelsError(set, String(y)));
      }
      if (past.length > 0) examples = [...unique.values()];
      const { update, turnMs = 0 } = examples.length === 0 ? {} : await tryCommit(examples, unique, attempt > 1);
      if (update !== undefined || unique.size === 0) {
        const errors = group.map(({ learnedId }) => refused.get(learnedId.id));
        figures.duplicates(errors.filter((error) => error === undefined).length - unique.size);
        return resultsOf(group, unique, update).map((result, i) => errors[i] ?? result);
      }
      const pause = pauses.next(turnMs);
      if (pause > 0) {
        await wait(pause);
        opened = await catchUp(opened);
      }
      if (clock.now() > giveUpAt) throw conflictError(set, attempt);
    }
  }

  async function load(known?: Head): Promise<BaseAndTail> {
    const answered = watch.asking(set);
    const stored = await models.loadSince(set, known);
    answered(stored);
    return stored;
  }

  /** One try. After a refusal `unique` has lost what was learned before, and `opened` is what the store holds now. */
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
    const turnMs = turn.left(start, groups.waiting);
    const answered = asking(examples);
    const answer = await models.commit(set, { ...computed.commit, ids, turnMs });
    figures.answered(answer.outcome);
    if (answer.outcome === "committed") {
      opened = computed.next(answer.version);
      stateBytes = opened.bytes;
      const now = clock.now();
      turn.committed(now, now - start, (answer.contended ?? 0) - (refusedBefore ? 1 : 0));
      // A new version is newer than all that was seen, unless the store has lost its tail.
      answered({ generation: computed.commit.generation, version: answer.version }, answer.version - 1);
      figures.committed(examples.length, computed, answer.version);
      deps.stateSize?.committed(set, opened.baseBytes, computed.leftOut);
      return { update: { ...computed.summary, version: answer.version, revision } };
    }
    if (answer.outcome === "conflict") answered(answer.current);
    if (answer.outcome === "held") throw heldError(set);
    const refusedAt = clock.now();
    opened = answer.outcome === "conflict" ? await follow(model, answer.current) : model.again();
    for (const id of answer.learned) unique.delete(id);
    if (answer.outcome === "duplicate") return {};
    turn.lost(clock.now() - refusedAt);
    return { turnMs: answer.turnMs };
  }

  /** Called before a commit of these examples; what it returns is told the answer, and what served them is compared with it. */
  function asking(examples: readonly IdentifiedExample[]): ReturnType<StoreWatch["asking"]> {
    const answered = watch.asking(set);
    return (found, before = found.version) => {
      answered(found, before);
      const had = { generation: found.generation, version: before };
      for (const { served } of examples) if (served !== undefined) watch.claimed(set, served, had);
    };
  }

  /** Others may have committed during a pause. */
  async function catchUp(model: OpenedModel): Promise<OpenedModel> {
    if (!model.canFollow) return model;
    const stored = await load(model.head);
    if (stored.base !== undefined) return open(stored);
    return sound(() => model.follow(stored));
  }

  /** Others have committed meanwhile. */
  async function follow(model: OpenedModel, current: BaseAndTail): Promise<OpenedModel> {
    return current.base === undefined ? sound(() => model.again(current)) : open(current);
  }

  async function open(stored: BaseAndTail): Promise<OpenedModel> {
    const { prior } = deps;
    const startsThere = stored.base === "" && prior !== undefined && prior !== set;
    const start = startsThere ? await models.load(prior) : undefined;
    return sound(() => openModel(deps.pipeline, set, stored, start?.state));
  }

  async function sound(opening: () => OpenedModel | Promise<OpenedModel>): Promise<OpenedModel> {
    try {
      const model = await opening();
      stateBytes = model.bytes;
      return model;
    } catch (error) {
      throw damagedState(set, deps.pipeline.name, error);
    }
  }

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => void clock.after(ms, resolve));
  }
}

/** C3: the summary goes to the first example that was learned; the others are only told that they are done. */
function resultsOf(
  group: readonly IdentifiedExample[],
  learned: ReadonlyMap<string, unknown>,
  update: Update | undefined,
): readonly (Update | undefined)[] {
  const first = group.findIndex(({ learnedId }) => learned.has(learnedId.id));
  return group.map((_, i) => (i === first ? update : undefined));
}

function heldError(set: string): UnavailableError {
  return new UnavailableError(
    "held",
    `commits to ${set} are held for a promotion or an export; send again in a moment`,
  );
}

/** Of an example whose label would be one more than MAX_LABELS. */
export function labelsError(set: string, label: string): RejectedError {
  const problem = `is a new label, and ${set} has ${MAX_LABELS} already, which is the most`;
  const message = `this example cannot be learned: ${JSON.stringify(label)} ${problem}; correct it, or predict fewer labels`;
  return new RejectedError("too-many-labels", message, [{ path: "data.y", problem }]);
}

function conflictError(set: string, attempts: number): VersionConflictError {
  return new VersionConflictError(
    "version-conflict",
    `${attempts} commits to ${set} met other writers; send again later`,
  );
}
