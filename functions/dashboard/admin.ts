// What people may ask of Wadi and do to it. The HTTP API serves this port, the command line calls it: over HTTP where a
// process runs, on the data folder itself where none does.

import type { ModelSetPage, ModelSetsQuery } from "./model-set-shapes.ts";
import type {
  DeadLetterDetail,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterSelection,
  Dropped,
  ModelQuery,
  ModelSetDetail,
  PipelineList,
  Redriven,
  Status,
  Trace,
} from "./shapes.ts";

/** Methods throw NotFoundError for what is not there, UnavailableError while store or log are away. */
export interface Admin {
  status(): Promise<Status>;
  pipelines(): Promise<PipelineList>;
  models(query: ModelSetsQuery): Promise<ModelSetPage>;
  model(set: string, query: ModelQuery): Promise<ModelSetDetail>;
  /** The life of one observation. */
  trace(pipeline: string, subject: string): Promise<Trace>;
  /** Newest first. */
  deadLetters(query: DeadLetterQuery): Promise<DeadLetterPage>;
  deadLetter(number: number): Promise<DeadLetterDetail>;
  /** Sends the original events again, oldest first; each leaves the dead letters in the same transaction. */
  redrive(selection: DeadLetterSelection): Promise<Redriven>;
  drop(selection: DeadLetterSelection): Promise<Dropped>;
}
