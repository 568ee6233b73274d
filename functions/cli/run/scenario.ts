// What a demo streams, and what it tells of it.

import type { Example } from "../../feed/examples.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import type { ModelSetScores } from "../../lib/learners/model-set.ts";
import type { Output } from "../terminal/output.ts";
import type { StartOptions } from "./start.ts";

export interface Scenario {
  readonly pipeline: string;
  readonly examples: readonly Example[];
  /** What is going to happen: `20,000 flights depart, and arrive`. */
  readonly begins: string;
  /** Sees every event that Wadi publishes, in the order of the log. */
  see?(event: Event): void;
  /** For people. */
  report(outcome: DemoOutcome, output: Output): readonly string[];
  /** What `--json` writes, beside what `outcomeJson` has of every scenario. */
  json(outcome: DemoOutcome): Readonly<Record<string, unknown>>;
  /** Commands that work as they stand while Wadi is up. */
  tries(url: string, output: Output): readonly string[];
}

export interface DemoOptions extends StartOptions {
  readonly once: boolean;
  readonly scenario: string;
  readonly json?: boolean;
}

export interface DemoOutcome {
  /** Observations whose label was sent. */
  readonly labelled: number;
  readonly ms: number;
  readonly version: number;
  readonly scores: ModelSetScores;
  /** Ids in the store: how many different observations were learned. */
  readonly learnedIds: number;
  readonly deadLetters: number;
  /** The model that serves. */
  readonly serve: string;
  /** Every labelled observation was learned exactly once, and there is no dead letter. */
  readonly sound: boolean;
}
