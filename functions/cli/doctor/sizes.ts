// How large model sets are, and whether one has reached its limit or soon will: then new names are left out.

import type { Admin } from "../../admin/admin.ts";
import { FULL_CURE, isNearlyFull } from "../../learn/state-size.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { plural } from "../../lib/figures.ts";
import { bytes } from "../terminal/sizes.ts";
import { type Finding, ok, warn } from "./finding.ts";

/** Of a pipeline with one for each value a few tell. */
const CHECKED_SETS = 20;

export async function checkSizes(admin: Pick<Admin, "models" | "model">): Promise<Finding[]> {
  const { items, next } = await admin.models({ limit: CHECKED_SETS });
  const details = await Promise.all(items.map(({ set }) => admin.model(set, { history: 0 }).catch(ifGone)));
  const sets = details.flatMap((detail) => detail ?? []);
  const [first, ...others] = sets;
  if (first === undefined) return [];
  const full = sets.flatMap(({ set, models }) =>
    models.filter(({ leftOut }) => leftOut > 0).map(({ name, leftOut }) => ({ set, name, leftOut })),
  );
  if (full.length > 0) {
    const lines = full.map(
      ({ set, name, leftOut }) =>
        `${name} of ${set} learned ${plural(leftOut, "example")} without a feature whose name was new: its state was full`,
    );
    return [warn("size", lines.join("\n"), FULL_CURE)];
  }
  const nearly = sets.filter(({ stateBytes, maxStateBytes }) => isNearlyFull(stateBytes, maxStateBytes));
  if (nearly.length > 0) {
    const lines = nearly.map(
      ({ set, stateBytes, maxStateBytes = 0 }) =>
        `the state of ${set} has ${bytes(stateBytes)} of at most ${bytes(maxStateBytes)}: once it is full, new names are left out`,
    );
    return [warn("size", lines.join("\n"), FULL_CURE)];
  }
  const largest = others.reduce((most, one) => (one.stateBytes > most.stateBytes ? one : most), first);
  const looked = next === undefined ? "the largest state" : `the largest state of ${sets.length} that were looked at`;
  return [ok("size", `${looked} has ${bytes(largest.stateBytes)}: ${largest.set}`)];
}

/** A set may go while it is looked at. */
function ifGone(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}
