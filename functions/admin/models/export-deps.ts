// What rollback, export, import and pins need of this process, and the refusal that they share.

import type { Clock } from "../../lib/clock.ts";
import { UnavailableError } from "../../lib/errors.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { StoreRetention } from "../../lib/store/agreement.ts";
import type { Generations } from "../../lib/store/generations.ts";
import type { LearnedIds } from "../../lib/store/learned-ids.ts";
import type { Snapshots } from "../../lib/store/snapshots.ts";
import type { StateReader, StateWriter } from "../../lib/store/store.ts";
import type { StoredModel } from "../../lib/store/stored-model.ts";

export interface ExportDeps {
  readonly models: StateReader & StateWriter & Snapshots & Generations & LearnedIds;
  readonly clock: Clock;
  readonly retention: Pick<StoreRetention, "agreed">;
  /** 128 random bits. */
  readonly revision: () => string;
  /** The pipeline of a set. @throws NotFoundError where it is not deployed here. */
  readonly setPipeline: (set: string) => Pipeline;
  /** "" where its pipeline is not deployed here. */
  readonly championOf: (set: string, stored: StoredModel) => string;
  /** The name of the pipeline of a set. @throws NotFoundError where the set never learned. */
  readonly known: (set: string) => Promise<string>;
}

export function heldError(set: string): UnavailableError {
  return new UnavailableError("held", `${set} is being exported or promoted; try again in a moment`);
}
