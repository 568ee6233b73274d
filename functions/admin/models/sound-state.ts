// What a state from outside must be beyond its form, which is checked wherever a state is opened: its numbers go together, and there is
// something of this pipeline in it.

import { RejectedError } from "../../lib/errors.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";

/** @param state one that fits the pipeline's file, see fitting-state.ts. @throws RejectedError that names the first wrong member. */
export function checkSound({ file, models }: Pipeline, what: string, state: ModelSetState): void {
  const { count, scoredOnServed, onlyScored = 0, challenger } = state;
  const known = Object.keys(models).filter((name) => Object.hasOwn(state.models, name));
  if (known.length === 0) {
    throw new RejectedError(
      "state",
      `${what} has none of the models of ${file} (${Object.keys(models).join(", ")}): nothing that was ` +
        "learned would be taken over. Import what was learned under this file, or put that file here first",
    );
  }
  for (const name of known) {
    const { n = 0, metrics = {}, conformal, calibration } = state.models[name] ?? {};
    if (n > count) throw unsound(what, `models.${name}.n`, `is ${n}, and only ${count} examples were learned`);
    for (const [metric, scores] of Object.entries(metrics)) {
      const { n: scored = 0 } = scores as { readonly n?: number };
      const problem = `is ${scored}, and the model has only had ${n + onlyScored} examples`;
      if (scored > n + onlyScored) throw unsound(what, `models.${name}.metrics.${metric}.n`, problem);
    }
    const certain = calibration?.n.reduce((all, one) => all + one, 0);
    for (const [counted, its = 0] of Object.entries({ conformal: conformal?.n, calibration: certain })) {
      const problem = `is ${its}, and the model has only had ${n + onlyScored} examples`;
      if (its > n + onlyScored) throw unsound(what, `models.${name}.${counted}.n`, problem);
    }
  }
  const { n = 0 } = challenger?.learned ?? {};
  if (n > count) throw unsound(what, "challenger.learned.n", `is ${n}, and only ${count} examples were learned`);
  if (scoredOnServed > count + onlyScored) {
    const problem = `is ${scoredOnServed}, and only ${count + onlyScored} examples were learned or scored`;
    throw unsound(what, "scoredOnServed", problem);
  }
}

function unsound(what: string, place: string, problem: string): RejectedError {
  return new RejectedError("state", `${what} cannot be read by this Wadi: ${place} ${problem}`);
}
