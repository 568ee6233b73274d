// Rollback, and what a model set can be rolled back to, on the store of this process.

import { NotFoundError, RejectedError, VersionConflictError } from "../../lib/errors.ts";
import type { Admin } from "../admin.ts";
import { forgottenBetween } from "../lineage.ts";
import type { RollbackRequest, RolledBack } from "../shapes/models.ts";
import { ancestorsOf } from "./ancestors.ts";
import { type ExportDeps, heldError } from "./export-deps.ts";
import { fitOf, parseState } from "./fitting-state.ts";
import { figuresOf, historyOf } from "./stored-state.ts";

const WHOLE_HISTORY = 10_000;
/** Commits wait no longer than that, whatever becomes of this process. */
const HOLD_MS = 5_000;
const PROMOTIONS = 20;

export function createRollback(deps: ExportDeps): Pick<Admin, "snapshots" | "rollback"> {
  const { models, revision, clock, setPipeline, championOf, known } = deps;

  async function generationOf(set: string, generation?: string) {
    const stored = await (generation === undefined ? models.load(set) : models.loadGeneration(set, generation));
    return { generation: stored.generation, version: stored.version, count: figuresOf(stored, undefined).count };
  }

  async function rollback(set: string, to: number): Promise<RolledBack> {
    const snapshot = (await models.snapshots(set)).find(({ version }) => version === to);
    const text = snapshot && (await models.loadSnapshot(set, snapshot.revision));
    if (snapshot === undefined || text === undefined) throw await noSnapshot(set, to);
    if (snapshot.revision === (await models.head(set)).revision) {
      throw new RejectedError("in-force", `version ${to} of ${set} is in force: there is nothing to go back from`);
    }
    const what = `version ${to} of ${set}`;
    const state = parseState(what, text);
    const { starting } = fitOf(setPipeline(set), what, state);
    const [then] = historyOf([snapshot]);
    const point = { time: clock.now(), count: state.count, metrics: then?.metrics ?? {}, restored: to };
    const made = await models.rollback(set, {
      snapshot: snapshot.revision,
      revision: revision(),
      history: JSON.stringify(point),
    });
    if (made.outcome === "absent") throw await noSnapshot(set, to);
    if (made.outcome === "held") throw heldError(set);
    const { generation } = await models.head(set);
    const before = { version: made.before.version, count: historyOf([made.before])[0]?.count ?? 0 };
    const ancestors = ancestorsOf(await models.history(set, WHOLE_HISTORY)).filter(
      ({ version }) => version < made.version,
    );
    return {
      set,
      generation,
      version: made.version,
      count: state.count,
      replaced: { generation, ...before },
      forgotten: forgottenBetween(ancestors, before, { version: to, count: state.count }),
      starting,
    };
  }

  async function promote(set: string, generation: string): Promise<RolledBack> {
    const previous = await models.previous(set);
    if (previous !== generation) {
      const kept = previous === undefined ? "none is kept" : `it is ${JSON.stringify(previous)}`;
      throw new NotFoundError(
        `${JSON.stringify(generation)} is not the generation of ${set} that was in force before; ${kept}`,
      );
    }
    const stored = await models.loadGeneration(set, generation);
    const what = `generation ${generation} of ${set}`;
    const { starting } = fitOf(setPipeline(set), what, parseState(what, stored.state));
    const token = revision();
    for (let tries = 0; tries < PROMOTIONS; tries++) {
      if (!(await models.hold(set, token, HOLD_MS))) throw heldError(set);
      const replaced = await generationOf(set);
      const { revision: expectedRevision } = await models.head(set);
      if (!(await models.promote(set, { token, generation, expectedRevision }))) continue;
      return { set, ...(await generationOf(set)), replaced, starting };
    }
    await models.release(set, token);
    throw new VersionConflictError("version-conflict", `${set} was changed by others all the time; try again`);
  }

  /** @throws RejectedError where more than learning has changed the set since. */
  async function checkReplaced(set: string, seen: NonNullable<RollbackRequest["replaces"]>): Promise<void> {
    const { generation, version } = await models.head(set);
    const isOther = generation !== seen.generation || version < seen.version;
    const newer = (await models.history(set, WHOLE_HISTORY)).filter((point) => point.version > seen.version);
    if (!isOther && ancestorsOf(newer).every(({ restored }) => restored === undefined)) return;
    throw new RejectedError(
      "changed-since",
      `${set} was rolled back or put into another generation since version ${seen.version}: nothing was done. Look at its snapshots for the way back that is right now.`,
    );
  }

  async function noSnapshot(set: string, to: number): Promise<NotFoundError> {
    const versions = (await models.snapshots(set)).map(({ version }) => version);
    const cure = versions.length === 0 ? "none is kept yet" : `there is ${versions.slice(0, 20).join(", ")}`;
    return new NotFoundError(`no snapshot of version ${to} of ${JSON.stringify(set)} is kept; ${cure}`);
  }

  return {
    async snapshots(set) {
      const pipeline = await known(set);
      const now = await generationOf(set);
      const ancestors = ancestorsOf(await models.history(set, WHOLE_HISTORY));
      const items = (await models.snapshots(set)).map((snapshot) => {
        const { version, time, kept } = snapshot;
        const { count = 0, metrics = {} } = historyOf([snapshot])[0] ?? {};
        return { version, time, kept, count, metrics, forgets: forgottenBetween(ancestors, now, { version, count }) };
      });
      const before = await models.previous(set);
      const previous = before === undefined ? undefined : await generationOf(set, before);
      return {
        set,
        pipeline,
        ...now,
        champion: championOf(set, await models.load(set)),
        items,
        ...(previous !== undefined && { previous }),
      };
    },
    async rollback(set, { to, generation, replaces }) {
      await known(set);
      if (replaces !== undefined) await checkReplaced(set, replaces);
      if (to !== undefined && generation === undefined) return rollback(set, to);
      if (to === undefined && generation !== undefined) return promote(set, generation);
      const problem = "must have either to or generation";
      throw new RejectedError("request", `body ${problem}`, [{ path: "body", problem }]);
    },
  };
}
