// What going back and moving need of this process, and the refusal that they share.

import type { Clock } from "../../lib/clock.ts";
import { UnavailableError } from "../../lib/errors.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { StoreRetention } from "../../lib/store/agreement.ts";
import type { ModelStore } from "../../lib/store/store.ts";

export interface MoveTools {
  readonly models: ModelStore;
  readonly clock: Clock;
  readonly retention: Pick<StoreRetention, "agreed">;
  /** 128 random bits. */
  readonly revision: () => string;
  /** The pipeline of a set. @throws NotFoundError where it is not deployed here. */
  readonly setPipeline: (set: string) => Pipeline;
  /** "" where its pipeline is not deployed here. */
  readonly championOf: (set: string) => string;
  /** The name of a set's pipeline. @throws NotFoundError where the set never learned. */
  readonly known: (set: string) => Promise<string>;
}

export function held(set: string): UnavailableError {
  return new UnavailableError("held", `${set} is being exported or promoted; try again in a moment`);
}
