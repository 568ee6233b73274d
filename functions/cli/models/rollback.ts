// wadi models snapshots and rollback.

import type { Admin } from "../../admin/admin.ts";
import type { RolledBack, SnapshotList } from "../../admin/shapes/models.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { count, plural } from "../../lib/figures.ts";
import { ago } from "../../lib/times.ts";
import { type AdminFlags, withModels } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { wholeNumber } from "../option-values.ts";
import { ExitCode } from "../terminal/exit.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { printable } from "../terminal/printable.ts";
import { shellWord } from "../terminal/shell-words.ts";
import { agreed } from "./confirm.ts";
import { snapshotLines } from "./kept-view.ts";
import { unknownSet } from "./names.ts";

export interface RollbackFlags extends AdminFlags {
  readonly to?: string;
  readonly toGeneration?: string;
  readonly yes?: boolean;
}

/** A rollback before it is confirmed. */
interface Plan {
  readonly request: { to: number } | { generation: string };
  /** `version 500` */
  readonly target: string;
  /** What is lost, in words. */
  readonly cost: string;
  /** How many examples; to be typed as confirmation, unless 0. */
  readonly forgets: number;
}

const MOST = 1e15;

export async function showSnapshots(set: string, flags: AdminFlags, context: CommandContext): Promise<void> {
  const { out } = context.terminal;
  await withModels(context, flags, async (admin) => {
    const list = await snapshotsOf(admin, set);
    if (flags.json === true) writeJson(list, out);
    else writeLines(snapshotLines(list, context.clock.now(), out), out);
  });
}

/** @throws UsageError where the target is missing, or where nobody can be asked for confirmation. */
export async function rollBack(set: string, flags: RollbackFlags, context: CommandContext): Promise<void> {
  const { out, err } = context.terminal;
  if ((flags.to === undefined) === (flags.toGeneration === undefined)) {
    throw new UsageError(
      "where to? give --to <version> of a snapshot, or --to-generation <name> (see wadi models snapshots <set>)",
    );
  }
  const to = flags.to === undefined ? undefined : wholeNumber("--to", flags.to, 1, MOST);
  await withModels(context, flags, async (admin) => {
    const list = await snapshotsOf(admin, set);
    const plan =
      to === undefined ? toGeneration(list, flags.toGeneration ?? "") : toVersion(list, to, context.clock.now());
    const [name, target] = [printable(list.set), printable(plan.target)];
    const question = {
      asks: `Roll ${name} back to ${target}?`,
      would: `${name} would be rolled back to ${target}`,
      cost: plan.cost,
      examples: plan.forgets,
    };
    if (!(await agreed(question, flags, context))) {
      err.write("Nothing was done.\n");
      return context.exitWith(ExitCode.failed);
    }
    const done = await admin.rollback(set, plan.request);
    if (flags.json === true) return writeJson(done, out);
    writeLines(doneLines(done, plan), out);
  });
}

/** @throws FailedError where the set never learned, with the name that was probably meant. */
export async function snapshotsOf(admin: Admin, set: string): Promise<SnapshotList> {
  return admin.snapshots(set).catch(async (error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
    throw await unknownSet(admin, set, error);
  });
}

function toVersion({ set, items }: SnapshotList, to: number, now: number): Plan {
  const item = items.find(({ version }) => version === to);
  if (item === undefined) {
    const there = items.length === 0 ? "there is none" : `there are ${items.map(({ version }) => version).join(", ")}`;
    throw new FailedError(
      `${JSON.stringify(set)} has no snapshot of version ${to}; ${there} (see wadi models snapshots ${shellWord(set)})`,
    );
  }
  const cost =
    item.forgets === 0
      ? "Nothing is forgotten."
      : `${plural(item.forgets, "example")} ${item.forgets === 1 ? "is" : "are"} forgotten and not learned again.`;
  const target = `version ${to} (${plural(item.count, "example")}, ${ago(item.time, now)})`;
  return { request: { to }, target, cost, forgets: item.forgets };
}

function toGeneration({ set, previous, generation, count: learned }: SnapshotList, wanted: string): Plan {
  if (previous === undefined || previous.generation !== wanted) {
    const kept = previous === undefined ? "none is kept" : `it is ${previous.generation}`;
    throw new FailedError(
      `${JSON.stringify(wanted)} is not the generation of ${JSON.stringify(set)} that was in force before; ${kept}`,
    );
  }
  return {
    request: { generation: wanted },
    target: `generation ${wanted} (version ${count(previous.version)}, ${plural(previous.count, "example")})`,
    cost: `The ${plural(learned, "example")} of generation ${generation} are no longer in force; nor are its learned ids.`,
    forgets: learned,
  };
}

function doneLines(
  { set, version, count: learned, replaced, forgotten, starting, generation }: RolledBack,
  plan: Plan,
) {
  const undo = "to" in plan.request ? `--to ${replaced.version}` : `--to-generation ${shellWord(replaced.generation)}`;
  const how =
    "to" in plan.request ? `as it was at version ${count(plan.request.to)}` : `of generation ${printable(generation)}`;
  return [
    `${printable(set)} is at version ${count(version)}, ${how}: ${plural(learned, "example")}.`,
    ...(forgotten === undefined || forgotten === 0 ? [] : [`Forgotten: ${plural(forgotten, "example")}.`]),
    ...(starting.length === 0
      ? []
      : [`Models that did not exist then start from nothing: ${starting.map(printable).join(", ")}.`]),
    `Undo: wadi models rollback ${shellWord(set)} ${undo}`,
  ];
}
