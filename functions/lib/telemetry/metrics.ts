// The instruments behind /metrics. A process makes one set and passes it to the code that measures.

import { Counter, Gauge, Histogram } from "./instruments.ts";
import { Registry } from "./registry.ts";

/** The label `set` is the pipeline's name where it has a model set for each value, since the data decides how many those are. */
export interface Telemetry {
  readonly registry: Registry;
  /** Answers of steps, by step and status. */
  readonly answers: Counter<"step" | "status">;
  readonly handleSeconds: Histogram<"step">;
  /** Examples learned. `scored`: `served` on the prediction that was served, `fresh` on one made when it was learned. */
  readonly learned: Counter<"set" | "scored">;
  /** Examples that a model refused because its state would have become infinite or NaN. */
  readonly skipped: Counter<"set" | "model">;
  /** Examples learned without a feature that found no room in the state. */
  readonly leftOut: Counter<"set" | "model">;
  /** Drift that detectors told of a model's error. `change`: `rise` or `fall`. */
  readonly drift: Counter<"set" | "model" | "detector" | "change">;
  /** Models that began anew at a drift, were better and replaced the old one. */
  readonly restarts: Counter<"set" | "model">;
  /** Of the state last committed; of several sets, of the largest that this process has committed. */
  readonly stateBytes: Gauge<"set">;
  /** Deliveries of examples that were learned already. */
  readonly duplicates: Counter<"set">;
  /** Commits by outcome: committed, conflict, duplicate, held. */
  readonly commits: Counter<"set" | "outcome">;
  readonly commitExamples: Histogram<"set">;
  readonly modelVersion: Gauge<"set">;
  /** How often the store had an older version than one seen or served before: it lost its newest commits. */
  readonly storeRegressed: Counter<"set">;
  /** As last measured; 0 where the store goes by the clock of this process, or there is none. */
  readonly clockAhead: Gauge;
  /** Labels by outcome: joined, waiting, duplicate, conflict. */
  readonly labels: Counter<"pipeline" | "outcome">;
  /** Observations and labels whose id or subject holds a `?` that Knative's Broker may have put there. */
  readonly spoiltNames: Counter<"pipeline" | "attribute">;
  readonly predictions: Counter<"set">;
  /** Predictions answered from the last known state while the store was away. */
  readonly stalePredictions: Counter<"set">;
  readonly predictionStaleness: Histogram<"set">;
  /** Requests refused because of their caller: `internal-type`, `foreign-host`, `foreign-origin`. */
  readonly refused: Counter<"reason">;
}

/** @param processMetrics true: Node's own figures (memory, event loop lag) too. */
export function createTelemetry(processMetrics = false): Telemetry {
  const registry = new Registry(processMetrics);
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    registry.add(new Counter({ name, help, labelNames }));
  return {
    registry,
    answers: counter("wadi_answers_total", "Answers of steps", ["step", "status"]),
    handleSeconds: registry.add(
      new Histogram({
        name: "wadi_handle_seconds",
        help: "Seconds from an event's arrival at a step to its answer",
        labelNames: ["step"],
        buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      }),
    ),
    learned: counter("wadi_learned_total", "Examples learned", ["set", "scored"]),
    skipped: counter("wadi_skipped_total", "Examples a model skipped to stay finite", ["set", "model"]),
    leftOut: counter(
      "wadi_left_out_total",
      "Examples learned without a feature, as the state had no room for its name",
      ["set", "model"],
    ),
    drift: counter("wadi_drift_total", "Drift that detectors told of the error of the model that serves", [
      "set",
      "model",
      "detector",
      "change",
    ]),
    restarts: counter("wadi_restarts_total", "Models replaced by one that began anew at a drift", ["set", "model"]),
    stateBytes: registry.add(
      new Gauge({
        name: "wadi_state_bytes",
        help: "Size of the state that was last written whole; of several sets of a pipeline, of the largest",
        labelNames: ["set"],
      }),
    ),
    duplicates: counter("wadi_duplicates_total", "Examples that had been learned before", ["set"]),
    commits: counter("wadi_commits_total", "Commits by outcome", ["set", "outcome"]),
    commitExamples: registry.add(
      new Histogram({
        name: "wadi_commit_examples",
        help: "Examples in a commit",
        labelNames: ["set"],
        buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      }),
    ),
    modelVersion: registry.add(
      new Gauge({ name: "wadi_model_version", help: "Version last seen", labelNames: ["set"] }),
    ),
    storeRegressed: counter("wadi_store_regressed_total", "Times that the store was found older than it had been", [
      "set",
    ]),
    clockAhead: registry.add(
      new Gauge({
        name: "wadi_clock_ahead_seconds",
        help: "Seconds by which the clock of this process is ahead of the store's; 0 where there is no other",
      }),
    ),
    labels: counter("wadi_labels_total", "Labels by outcome", ["pipeline", "outcome"]),
    spoiltNames: counter("wadi_spoilt_names_total", "Events with a ? in a name that the Broker may have put there", [
      "pipeline",
      "attribute",
    ]),
    predictions: counter("wadi_predictions_total", "Predictions made", ["set"]),
    stalePredictions: counter("wadi_stale_predictions_total", "Predictions made without the store, which was away", [
      "set",
    ]),
    refused: counter("wadi_refused_total", "Requests refused for their host, origin or event type, by reason", [
      "reason",
    ]),
    predictionStaleness: registry.add(
      new Histogram({
        name: "wadi_prediction_staleness_seconds",
        help: "Seconds since the store was asked for the newest version, when a prediction was made",
        labelNames: ["set"],
        buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 10, 60, 300, 3600],
      }),
    ),
  };
}

/** A gauge read when /metrics is requested: `read` returns the values by label. */
export function readOff(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => Iterable<[string, number]> | Promise<Iterable<[string, number]>>,
): void {
  const about = { name, help, type: "gauge", labelNames: [label] } as const;
  registry.add({
    ...about,
    async get() {
      // What is no longer there is not shown with its last figure.
      const values = [...(await read())].map(([value, figure]) => ({ labels: { [label]: value }, value: figure }));
      return { ...about, values };
    },
  });
}
