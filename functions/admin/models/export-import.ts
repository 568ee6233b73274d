// Moving a model set between stores, on the store of this process: exported page by page while commits wait, and imported
// page by page before it is put in force at once.

import { RejectedError, VersionConflictError } from "../../lib/errors.ts";
import { CLOCK_MARGIN_MS } from "../../lib/events/window.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { learnedWindowMs } from "../../lib/retention.ts";
import type { LearnedId } from "../../lib/store/stored-model.ts";
import type { Admin } from "../admin.ts";
import type { ExportedModel, ImportRequest, LearnedIds } from "../shapes/models.ts";
import { type ExportDeps, heldError } from "./export-deps.ts";
import { fitOf, parseState } from "./fitting-state.ts";
import { checkSound } from "./sound-state.ts";
import { figuresOf } from "./stored-state.ts";

type Operations = "exportModel" | "exportIds" | "importIds" | "importModel";

/** From one page to the next; then commits go on. */
const HOLD_MS = 10_000;
const HISTORY_POINTS = 1000;
const MAX_ID = 2n ** 63n - 1n;

export function createExportImport(deps: ExportDeps): Pick<Admin, Operations> {
  const { models, clock, retention, revision, setPipeline, known } = deps;

  async function read(set: string, pipeline: string): Promise<ExportedModel> {
    const stored = await models.load(set);
    const points = await models.history(set, HISTORY_POINTS);
    const { generation, version, revision: its, state } = stored;
    const history = points.flatMap(({ version: at, point }) => {
      if (at > version) return []; // committed since
      const value = jsonOf(point);
      return typeof value === "object" && value !== null
        ? [{ version: at, point: value as Record<string, unknown> }]
        : [];
    });
    const read = parseState(`the state of ${set}`, state) as unknown as ExportedModel["state"];
    return { set, pipeline, generation, version, revision: its, state: read, history };
  }

  /** A refusal comes before the ids are sent, not after. */
  async function checkFree(set: string, replace: boolean): Promise<void> {
    if (!replace && (await models.head(set)).version > 0) throw existsError(set);
  }

  return {
    async exportModel(set, { ids }) {
      const pipeline = await known(set);
      if (!ids) return read(set, pipeline);
      const hold = revision();
      if (!(await models.hold(set, hold, HOLD_MS))) throw heldError(set);
      try {
        return { ...(await read(set, pipeline)), hold };
      } catch (error) {
        await models.release(set, hold);
        throw error;
      }
    },
    async exportIds(set, { hold, revision: exported, after, stop }) {
      if (stop === true) {
        await models.release(set, hold);
        return { items: [] };
      }
      if (after !== undefined && !/^\d{1,19}(:\d{1,10})?$/.test(after)) {
        throw new RejectedError("request", "body.after is no cursor: send the `next` of the page before");
      }
      if (!(await models.hold(set, hold, HOLD_MS))) throw heldError(set);
      const page = await models.learnedPage(set, after);
      if ((await models.head(set)).revision !== exported) {
        await models.release(set, hold);
        throw new VersionConflictError("moved-on", `${set} was learned on while its ids were read; export it again`);
      }
      if (page.next === undefined) await models.release(set, hold);
      return { items: grouped(page.ids), ...(page.next !== undefined && { next: page.next }) };
    },
    async importIds(set, { generation, replace, items }) {
      const pipeline = setPipeline(set);
      await checkFree(set, replace);
      const now = clock.now();
      // No id is of any use for longer: an example that is older than the window is refused.
      const latest = now + learnedWindowMs(pipeline.labelHorizonMs, await retention.agreed()) + CLOCK_MARGIN_MS;
      const ids = items
        .filter(({ until }) => until > now)
        .flatMap(({ until, ids }) => ids.map((id) => ({ id, expiresAt: Math.min(until, latest) })));
      checkIds(ids);
      if (ids.length > 0 && !(await models.addLearned(set, generation, ids))) throw incompleteError(set);
      return { added: ids.length };
    },
    async importModel(set, { generation, replace, ids, model }) {
      const pipeline = setPipeline(set);
      checkModel(set, pipeline, model);
      await checkFree(set, replace);
      const imported = model.state as unknown as ModelSetState;
      const fit = fitOf(pipeline, `the model set ${set}`, imported);
      checkSound(pipeline, `the model set ${set}`, imported);
      const before = await models.load(set);
      // Revisions of the pipeline's file are counted by each store; 0 is older than all of them, so it is carried over.
      const state = JSON.stringify({ ...model.state, pipelineRevision: 0 });
      const history = model.history.map(({ version, point }) => ({ version, point: JSON.stringify(point) }));
      const { version } = model;
      const answer = await models.adopt(set, {
        generation,
        version,
        revision: revision(),
        state,
        ids,
        history,
        replace,
      });
      if (answer === "held") throw heldError(set);
      if (answer === "exists") throw existsError(set);
      if (answer === "incomplete") throw incompleteError(set);
      const { count } = model.state;
      const replaced = { generation: before.generation, version: before.version, ...counted(before) };
      return {
        set,
        generation,
        version,
        count,
        learnedIds: await models.learnedCount(set),
        ...(before.version > 0 && { replaced }),
        ...fit,
      };
    },
  };
}

const counted = (stored: Parameters<typeof figuresOf>[0]) => ({ count: figuresOf(stored, undefined).count });

function existsError(set: string): VersionConflictError {
  return new VersionConflictError("exists", `${set} has learned here already; what is here is replaced with --replace`);
}

function incompleteError(set: string): VersionConflictError {
  return new VersionConflictError(
    "incomplete",
    `not all ids of ${set} arrived: the store lost some, an id stands twice, or another import came between; import it again`,
  );
}

function checkIds(ids: readonly LearnedId[]): void {
  const large = ids.find(({ id }) => id.length === 19 && BigInt(id) > MAX_ID);
  if (large !== undefined) throw new RejectedError("ids", `the learned id ${large.id} has more than 63 bits`);
  if (new Set(ids.map(({ id }) => id)).size < ids.length) throw new RejectedError("ids", "a learned id stands twice");
}

function checkModel(set: string, pipeline: Pipeline, { history, version, ...model }: ImportRequest["model"]): void {
  if (model.set !== set || model.pipeline !== pipeline.name) {
    throw new RejectedError(
      "model",
      `it is ${model.set} of pipeline ${model.pipeline}, not ${set} of ${pipeline.name}`,
    );
  }
  const last = [version + 1, ...history.map((one) => one.version)];
  if (last.some((one, i) => i > 0 && one >= (last[i - 1] as number))) {
    throw new RejectedError("model", "its history is not newest first, or goes beyond its version");
  }
  const newest = history.find((one) => one.version === version)?.point["count"];
  if (typeof newest === "number" && newest !== model.state.count) {
    throw new RejectedError(
      "model",
      `its state says ${model.state.count} examples, and its history ${newest} at the same version`,
    );
  }
}

/** By the time until which they are kept; there may be as many times as ids. */
function grouped(ids: readonly LearnedId[]): LearnedIds[] {
  const groups = new Map<number, string[]>();
  for (const { id, expiresAt } of ids) {
    const group = groups.get(expiresAt) ?? [];
    if (group.length === 0) groups.set(expiresAt, group);
    group.push(id);
  }
  return [...groups].map(([until, those]) => ({ until, ids: those }));
}

/** Undefined for what cannot be read. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
