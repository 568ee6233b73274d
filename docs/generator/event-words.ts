// What the page of events says of each type, its data and the attributes.

import type {
  EventType,
  ExampleData,
  FeaturesData,
  LabelData,
  ModelUpdatedData,
  PredictionData,
  Served,
} from "../../functions/lib/events/vocabulary.ts";

interface Described {
  readonly from: string;
  readonly to: string;
  readonly what: string;
  /** Member to meaning. */
  readonly data?: Readonly<Record<string, string>>;
}

const SET = "the model set: the pipeline's name, or with `modelPer` `<pipeline>/<value>`";
const TIME = "event time, epoch milliseconds";
const X = "the features: a name to a number, or to text where a transformer takes text";
const Y = "the truth: a number, a boolean or a text, as the pipeline's task has it";

const FEATURES: Record<keyof FeaturesData, string> = {
  set: SET,
  time: TIME,
  x: X,
  y: `${Y}; absent while it is not known`,
};
const EXAMPLE: Record<keyof ExampleData, string> = {
  set: SET,
  time: TIME,
  x: X,
  y: Y,
  served: "what `predict` answered for this observation; absent where it had not answered yet",
};
export const SERVED: Record<keyof Served, string> = {
  generation: "the generation of the model set that answered",
  version: "its version",
  model: "the champion: the model whose value was served",
  values: "the value of each model, by its name",
  stalenessMs: "upper bound on the prediction's staleness, in milliseconds",
  interval:
    "where it was asked for: `{ level, lower, upper }`, of a classification `{ level, classes }`, or `{ level, none }`, which says why there is none",
  explanation:
    "where it was asked for: what each feature adds (`kind` is `sum`, or `sums` by class), the way through a tree (`path`), or why there is none (`none`); the guide [Ask for a prediction](../how-to/ask-for-a-prediction.md#why) has each",
};
const PREDICTION: Record<keyof PredictionData, string> = {
  value: "the champion's value; `null` where nothing was learned yet",
  class:
    "binary: whether the value, which is P(true), is above the pipeline's threshold; multiclass: the likeliest label; absent in other tasks, and where nothing was learned yet",
  alarm:
    "anomaly: whether the score, `value.score`, has reached `value.threshold`, the quantile of the scores so far that the pipeline names; absent in other tasks",
  model: SERVED.model,
  set: SET,
  generation: SERVED.generation,
  version: SERVED.version,
  values: SERVED.values,
  stalenessMs: SERVED.stalenessMs,
  interval: SERVED.interval,
  explanation: SERVED.explanation,
};
const LABEL: Record<keyof LabelData, string> = { y: Y };
const UPDATED: Record<keyof ModelUpdatedData, string> = {
  set: SET,
  generation: "the generation that learned",
  version: "the version that this commit made",
  count: "examples learned in all",
  metrics: "by model and metric",
  champion:
    "`{ from, to, why }` where this commit changed the model that serves, as with `serve: { best: ... }`; `why` is for people",
  drift:
    "`[{ model, detector, at, change, challenger }]` where detectors told a drift of the champion's error: a `rise` or a `fall`, `at` how many examples learned; `challenger` is the name of a model that began anew for it",
  restarted:
    "`[{ model, challenger, at, why }]` where such a challenger was better and replaced its model; `at` is the drift that it began at",
};

/** Data of clients is the pipeline's own, and not told here. */
export const TYPES: Record<keyof typeof EventType, Described> = {
  observation: {
    from: "client",
    to: "validate",
    what: "A record with the fields of the pipeline's schema, the target among them or not.",
  },
  label: {
    from: "client",
    to: "validate",
    what: 'The truth about an observation: `{ "<target>": value }`. `subject` names the observation.',
  },
  record: {
    from: "a topic source",
    to: "validate",
    what: "A record of a topic of yours that could not be read, whole. It becomes a dead letter with its reason; redriven, it is read again.",
  },
  observationValidated: {
    from: "validate",
    to: "featurize",
    what: "The checked record.",
    data: {
      record: "the fields; timestamps are epoch milliseconds, a null field is null",
      time: TIME,
      y: `${Y}; absent where the record did not bear it`,
    },
  },
  labelValidated: { from: "validate", to: "featurize", what: "The checked label.", data: LABEL },
  featuresExtracted: {
    from: "featurize",
    to: "predict; with the extension `labelled` learn too",
    what: "The features of an observation. Each observation makes one.",
    data: FEATURES,
  },
  exampleLabelled: {
    from: "featurize",
    to: "learn",
    what: "A label that came later, joined with the features that were used. In an anomaly task it is scored, and not learned.",
    data: EXAMPLE,
  },
  predictionMade: { from: "predict", to: "anyone", what: "The prediction.", data: PREDICTION },
  modelUpdated: {
    from: "learn",
    to: "anyone",
    what: "What a commit did: at most one event a commit, and nothing may depend on it. Its id is `<set>:<revision>`.",
    data: UPDATED,
  },
};

/** Attributes beside the four that each event has. A test looks whether events that Wadi makes bear others. */
export const ATTRIBUTES: readonly (readonly [name: string, setBy: string, what: string])[] = [
  ["pipeline", "client", "the pipeline; may be left out where only one is deployed"],
  ["subject", "client", "identifies the observation; default: the `id`"],
  ["time", "client", "event time, where the pipeline names no field for it"],
  ["datacontenttype", "client", "`application/json`, or `application/avro`"],
  [
    "dataschema",
    "client",
    "`urn:wadi:<pipeline>:<version>`: the schema that the data was written under; default: the newest. Any other is the producer's own: beside JSON it is ignored, beside Avro refused",
  ],
  ["partitionkey", "client, validate, featurize", "the ordering key; the subject where the client set none"],
  ["recordedtime", "validate", "when the event was accepted; an example has that of its observation"],
  ["clientsource", "validate", "the `source` of the client's event"],
  ["clientid", "validate", "the `id` of the client's event"],
  [
    "labelled",
    "featurize",
    "`true` where it is an example to learn: its truth is known, or its task (anomaly) needs none",
  ],
  ["learnedid", "featurize", "the id under which the example is learned once, a digest of the client's source and id"],
  ["traceparent", "client", "W3C trace context, carried from event to event"],
  ["tracestate", "client", "the same"],
  ["redriven", "redrive", "how often the event was sent again"],
  ["wadireason", "broker, on dead letters", "the [reason](#reasons-of-dead-letters): the header `kne-wadireason`"],
  ["knativeerrordest", "broker, on dead letters", "where the event was to go"],
  ["knativeerrorcode", "broker, on dead letters", "the status of the last answer; absent where none came"],
  ["knativeerrordata", "broker, on dead letters", "the first 1,024 bytes of that answer, in base64"],
  [
    "datacut",
    "broker, on dead letters",
    "how many bytes of its data were left out, since the letter would be too large for its topic",
  ],
  ["knativekafkapartition", "Knative's Broker", "where the event was in Kafka"],
  ["knativekafkaoffset", "Knative's Broker", "the same"],
];
