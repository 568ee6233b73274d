// What a step is made of, wherever it runs: a process of its own, `wadi start`, a replay. Each step exports `build` from its
// step.ts; whoever runs it brings the tools, and closes what it brought.

import type { Clock } from "../clock.ts";
import type { StepConfig } from "../config.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Pipelines } from "../pipeline/choice.ts";
import type { Random } from "../random.ts";
import type { StoreWatch } from "../regression/watch.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { Telemetry } from "../telemetry/metrics.ts";
import type { PlainRoute, ServerOptions } from "./route.ts";
import type { Handle } from "./step.ts";

/** What a step may be told; what is absent has its default. */
export interface StepSettings extends Partial<Pick<StepConfig, "learnOrder" | "maxStalenessMs" | "pipelineRevision">> {
  /** The address of a broker outside this process, where there is no `publish`. */
  readonly broker?: string | undefined;
  /** Events come through a Broker that may spoil ids and subjects beyond ASCII: Knative's. */
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
  /** Default: one of its own. */
  readonly watch?: StoreWatch;
  /** Default: by the label horizon and the store's retention. Milliseconds, by pipeline. */
  readonly learnedWindowMs?: (pipeline: string) => number;
  /** Puts an event on the broker of this process. */
  publish?(event: Event): Promise<void>;
}

export interface BuiltStep {
  readonly handle: Handle;
  /** Paths beside the one that takes events. */
  readonly plain?: readonly PlainRoute[];
  readonly tell?: ServerOptions["tell"];
  /** Before it listens. @throws ConfigurationError for what no retry can mend; what is only away is no reason to stop. */
  prepare?(): Promise<void>;
  /** Of what it opened itself. */
  close?(): void;
}

export type Build<Tools extends StepTools = StoreTools> = (tools: Tools) => BuiltStep | Promise<BuiltStep>;
