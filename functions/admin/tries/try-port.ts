// Who carries out what is tried: the steps and the broker of this process, or those that are reached over HTTP.

import type { Event } from "../../lib/events/vocabulary.ts";
import type { InferAnswer } from "../../predict/answer.ts";

/** As the body of `/v2/models/<pipeline>/infer`, of one record and without an id. */
export interface InferBody {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parameters?: { readonly interval?: number; readonly explain?: boolean };
}

export interface TryPort {
  /** What `/v2/models/<pipeline>/infer` answers. @throws RejectedError, its fields with paths such as `inputs.distance`. */
  predict(pipeline: string, body: InferBody): Promise<InferAnswer>;
  /** Resolves once the broker has the event. @throws UnavailableError. */
  send(event: Event): Promise<void>;
}
