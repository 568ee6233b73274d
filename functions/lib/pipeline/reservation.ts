// Where a pipeline has a model set for each value of a field: reserves a slot for a new set, of at most `modelPer.most`.
//
// featurize asks before it hands features on, so that nothing is predicted that could never be learned; learn asks before
// it opens a set, since it can be sent examples by others, too. The store answers both in one step (`reserve`), so no two of
// them get the last slot, and a slot reserved before a crash is still reserved after it.

import { RejectedError } from "../errors.ts";
import type { Pipeline } from "./pipeline.ts";

/** The part of a ModelStore that is used here. */
export interface SetReservations {
  reserve(set: string, most: number): Promise<boolean>;
}

/** @throws RejectedError `too-many-models`, UnavailableError. */
export async function reserveSet(models: SetReservations, pipeline: Pipeline, set: string): Promise<void> {
  const { name, modelPer } = pipeline;
  if (modelPer === undefined || set === name || (await models.reserve(set, modelPer.most))) return;
  const { field, most } = modelPer;
  const full = `${name} has its ${most} model sets, one for each value of ${field}, and there is none for`;
  throw new RejectedError(
    "too-many-models",
    `${full} ${decodeURIComponent(set.slice(name.length + 1))}: correct the value, or raise modelPer.most in ${pipeline.file} and redrive`,
    [{ path: `data.${field}`, problem: `would need a model set more than the ${most} that are allowed` }],
  );
}
