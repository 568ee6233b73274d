// Who makes events, and what such a generator is given.

import type { Broker, Seen } from "../../lib/broker/broker.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import type { Generator, GeneratorRequest, GeneratorTurn } from "../shapes/generator.ts";
import type { Predicted } from "../shapes/tries.ts";

/** One generator at a time. */
export interface GeneratorPort {
  read(): Promise<Generator>;
  /** @throws BusyError while one runs; RejectedError, NotFoundError for what cannot be started. */
  start(request: GeneratorRequest): Promise<Generator>;
  /** @throws RejectedError where none runs. */
  turn(turn: GeneratorTurn): Promise<Generator>;
  stop(): Promise<Generator>;
}

export interface GeneratorTools {
  readonly pipelines: Pipelines;
  /** Where the events go. */
  readonly broker: Pick<Broker, "publish" | "publishAll"> & Seen;
  readonly clock: Clock;
  /** What the champion says now. */
  predict(pipeline: string, record: Readonly<Record<string, number>>): Promise<Predicted>;
}

/** A generator in this process; `close` stops it and waits for its end. */
export type OpenGenerator = (tools: GeneratorTools) => Promise<GeneratorPort & { close(): Promise<void> }>;
