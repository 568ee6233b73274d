// What people may try on a pipeline: a prediction, an event, a stream of events that is made here.

import type { Generator, GeneratorRequest, GeneratorTurn } from "../shapes/generator.ts";
import type { PipelineDetail, Predicted, PredictRequest, SendRequest, Sent } from "../shapes/tries.ts";

/** A part of the admin port. Methods throw NotFoundError for a pipeline that is not deployed. */
export interface TryAdmin {
  pipeline(name: string): Promise<PipelineDetail>;
  /** With the newest model; nothing is recorded. @throws RejectedError naming the fields of the record at fault. */
  predict(pipeline: string, request: PredictRequest): Promise<Predicted>;
  /** Takes the way of any client's event. @throws RejectedError where the pipeline would refuse it, naming the fields. */
  send(request: SendRequest): Promise<Sent>;
  generator(): Promise<Generator>;
  /** @throws BusyError while one runs; RejectedError where the first rows are not what the pipeline takes. */
  startGenerator(request: GeneratorRequest): Promise<Generator>;
  /** @throws RejectedError where none runs. */
  turnGenerator(turn: GeneratorTurn): Promise<Generator>;
  /** What was sent stays; what waits to be sent later is not sent. Does nothing where none runs. */
  stopGenerator(): Promise<Generator>;
}
