// Where a pipeline has a model set for each value of a field: whether there is a place for one more.
//
// featurize asks before it hands features on, so that nothing is predicted that could never be learned; learn asks before
// it opens a set, since it can be sent examples by others, too. The store answers both in one step (`reserve`), so no two of
// them take the last place, and a place that was asked for before a crash is there after it.

import { RejectedError } from "../errors.ts";
import type { Pipeline } from "./pipeline.ts";

/** What of a ModelStore is asked here. */
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
