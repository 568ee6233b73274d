// How a step is built, wherever it runs: in a process of its own, in `wadi start`, in a replay. Each step exports `build` from
// its step.ts; the caller provides the tools and closes them.

import type { Clock } from "../clock.ts";
import type { StepConfig } from "../config.ts";
import type { Event } from "../events/vocabulary.ts";
import type { StoreWatch } from "../lost-commits/watch.ts";
import type { Pipelines } from "../pipeline/choice.ts";
import type { Random } from "../random.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { Telemetry } from "../telemetry/metrics.ts";
import type { PlainRoute, ServerOptions } from "./route.ts";
import type { Handle } from "./step.ts";

type FromConfig = "learnOrder" | "maxStalenessMs" | "maxStateBytes" | "pipelineRevision";

/** Settings of a step; what is absent has its default. */
export interface StepSettings extends Partial<Pick<StepConfig, FromConfig>> {
  /** The address of a broker outside this process, where there is no `publish`. */
  readonly broker?: string | undefined;
  /** Events come through Knative's Broker, which may garble ids and subjects beyond ASCII. */
  readonly namesMaySpoil?: boolean;
  /** Most examples in a commit. */
  readonly groupLimit?: number;
}

export interface StepTools {
  readonly pipelines: Pipelines;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly settings: StepSettings;
}

export interface StoreTools extends StepTools {
  readonly store: Store;
  readonly random: Random;
  /** A new revision: 128 random bits. */
  readonly revision: () => string;
  /** Default: a new one. */
  readonly watch?: StoreWatch;
  /** Milliseconds, by pipeline. Default: from the label horizon and the store's retention. */
  readonly learnedWindowMs?: (pipeline: string) => number;
  /** Waits until the clock was compared with the store's, where that is another. @throws UnavailableError. */
  compared?(): Promise<void>;
  /** To the broker of this process. */
  publish?(event: Event): Promise<void>;
}

export interface BuiltStep {
  readonly handle: Handle;
  /** Further paths, beside the one for events. */
  readonly plain?: readonly PlainRoute[];
  readonly tell?: ServerOptions["tell"];
  /** Called before the server listens. @throws ConfigurationError for what no retry can cure; not where a store is away. */
  prepare?(): Promise<void>;
  /** Closes what the step opened itself. */
  close?(): void;
}

export type Build<Tools extends StepTools = StoreTools> = (tools: Tools) => BuiltStep | Promise<BuiltStep>;
