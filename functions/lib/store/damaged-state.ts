import { asError, RejectedError, WadiError } from "../errors.ts";

/**
 * What became of opening the stored state of `set`. A state that cannot be read is not cured by trying again, and would hold
 * up all others where events are delivered in order: with a set for each value, its events are dead letters at once. The only
 * set of a pipeline stays as it was: all events wait, and none is given up.
 */
export function damagedState(set: string, pipeline: string, error: unknown): unknown {
  if (error instanceof WadiError || set === pipeline) return error;
  const why = `the state of ${set} in the store cannot be read (${asError(error).message})`;
  return new RejectedError("damaged-state", `${why}: roll it back or import a copy, then redrive`, [], {
    cause: error,
  });
}
