// The paths of a server: those for events, and plain ones.

import type { IncomingHttpHeaders } from "node:http";
import type { Event, StepName } from "../events/vocabulary.ts";
import type { Log } from "../telemetry/log.ts";
import type { Telemetry } from "../telemetry/metrics.ts";
import type { CheckCaller } from "./callers.ts";
import type { Answer, Failure, PlainAnswer } from "./status.ts";
import type { StreamAnswer } from "./stream.ts";

/** A path that takes CloudEvents. */
export interface EventRoute {
  readonly path: string;
  readonly maxBodyBytes: number;
  accept(event: Event): Promise<Answer>;
  /** Where batches are taken as well. */
  readonly batch?: BatchRoute;
  /** The step whose answers these are: each bears its mark, the refusal of what is no event, too. */
  readonly step?: StepName;
}

export interface BatchRoute {
  readonly maxBodyBytes: number;
  /** All of them or none. */
  accept(events: readonly Event[]): Promise<Answer>;
}

/** A path that is not for events; answers with any status and headers, or with a stream. */
export interface PlainRoute {
  readonly method: Method;
  readonly path: string;
  readonly maxBodyBytes: number;
  answer(request: PlainRequest): Promise<PlainAnswer | StreamAnswer>;
}

export type Method = "GET" | "POST";

export interface PlainRequest {
  /** As it was sent, without the query. */
  readonly path: string;
  /** Parameters in the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** As it was sent, without the question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Health checks, by path. */
export type Probes = ReadonlyMap<string, () => Promise<Answer>>;

export interface ServerOptions {
  readonly events: readonly EventRoute[];
  readonly plain?: readonly PlainRoute[];
  /** What is missing: why, by name; empty when all is well. A step is ready all the same. */
  missing(): Promise<Readonly<Record<string, string>>>;
  /** By how much the clock of this process is ahead of the store's; undefined where there is no other, or it is not known yet. */
  clockAheadMs?(): number | undefined;
  readonly log: Log;
  /** For `/metrics`; without it there is no such path. */
  readonly telemetry?: Telemetry;
  /** The answer to a failure; default: as the broker reads it. `path`: the request's, as it was sent. */
  readonly tell?: (failure: Failure, path: string) => Answer;
  /** Who may send requests at all; default: everybody. */
  readonly checkCaller?: CheckCaller;
  /** Requests under way at once, on all paths, before 429. */
  readonly maxRequests?: number;
  /** Bytes of all bodies under way before 429. */
  readonly maxBufferedBytes?: number;
  /** Milliseconds in which a whole request must arrive. */
  readonly requestTimeoutMs?: number;
}
