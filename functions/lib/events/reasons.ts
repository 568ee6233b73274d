// Every code that a failure may have, with its meaning and cure. The reference shows them; a test finds codes missing here.

export interface Reason {
  readonly code: string;
  readonly means: string;
  readonly cure: string;
}

const FIELD_CURE = "Correct the source's mapping in the pipeline file, restart, and redrive; or correct the producer.";

const reason = (code: string, means: string, cure: string): Reason => ({ code, means, cure });

/** 422: the event can never be handled as it is. A dead letter at once. */
export const REJECTED: readonly Reason[] = [
  reason(
    "schema",
    "The data does not fit the pipeline's Avro schema, or is no Avro of it. The answer names each field at fault.",
    "Send the event correctly under a new id, or add a version to `event.schemas`, restart, and redrive.",
  ),
  reason(
    "unknown-pipeline",
    "The extension `pipeline` is missing while several pipelines are deployed, or names one that is not.",
    "Deploy the pipeline and redrive; or send the event with the right `ce-pipeline`.",
  ),
  reason(
    "unknown-type",
    "The step does not take events of this type, or a source cannot tell an observation from a label.",
    "Send `dev.wadi.observation` or `dev.wadi.label`; for a source, complete `type:` in the pipeline file and redrive.",
  ),
  reason(
    "no-subject",
    "A label has no `subject`, so it names no observation.",
    "Send the label with the subject (or, where it had none, the id) of its observation.",
  ),
  reason(
    "content-type",
    "The data is neither JSON nor Avro, or the header is no media type.",
    "Send `Content-Type: application/json`, or `application/avro` with Avro bytes.",
  ),
  reason(
    "unknown-schema",
    "`dataschema` is a `urn:wadi:` that is not known (for Avro: anything else, too), or the schema id of a record is not known.",
    "Add the version to `event.schemas`, or the id to the source's `schemas:` or to its registry, and redrive.",
  ),
  reason(
    "subject-taken",
    "Another event (another source or id) was an observation with this subject before.",
    "Give each observation a subject of its own. A redrive cannot help: drop the letter.",
  ),
  reason(
    "id-taken",
    "`/infer` was asked with an id that another record had before. Seen by the caller only.",
    "Give each record an id of its own.",
  ),
  reason(
    "outside-window",
    "The observation is older than learned ids are kept, or `recordedtime` lies more than an hour in the future.",
    "Old: raise the retention of log and dead letters before it happens again, and drop the letter. In the future: set the clock right, send the event again.",
  ),
  reason(
    "too-many-models",
    "`modelPer` would need one model set more than `most` allows.",
    "Correct the value, or raise `modelPer.most`, restart, and redrive.",
  ),
  reason(
    "damaged-state",
    "The event is sound. The state of its model set, one of several of its pipeline (`modelPer`), cannot be read from the store: the log says where in it, and why.",
    "Roll the set back or import a copy of it, and redrive.",
  ),
  reason(
    "too-many-labels",
    "A multiclass truth would be one label more than the 1,000 that a model set can have.",
    "Correct the label, or group the rare ones into one, and send it again; or drop the letter.",
  ),
  reason(
    "too-large",
    "The event, a record of a source, a derived event or its attributes are larger than the [limits](#sizes).",
    "Send less: fewer features, shorter ids and subjects.",
  ),
  reason(
    "payload",
    "An event between steps does not have the shape that its type needs: a step of another version, or somebody else, sent it.",
    "Let all steps run the same version; clients send observations and labels only.",
  ),
];

/** What a record of a source has beside these. */
export const OF_SOURCES: readonly Reason[] = [
  reason(
    "unknown-topic",
    "The pipeline no longer has a source of this topic.",
    "Put the source back, restart, redrive; or drop.",
  ),
  reason("record", "The value of a JSON source is not an object.", "Correct the producer; drop the letter."),
  reason("record-id", "The field that `id:` names is missing or neither text nor a whole number.", FIELD_CURE),
  reason("record-subject", "The same for the field that `subject:` names.", FIELD_CURE),
  reason("record-target", "A record that is a label does not bear the target.", FIELD_CURE),
  reason("tombstone", "The record has no value: it deletes a key of a compacted topic.", "Nothing is lost: drop it."),
  reason(
    "avro-frame",
    "The value does not begin with a schema id.",
    "Let the producer write Confluent's framing (a zero byte and four bytes of schema id), or choose another `format`.",
  ),
  reason(
    "unsupported-schema",
    "The schema is no Avro, refers to other schemas, is no record, or does not fit the fields of the pipeline.",
    "Map the id to a version of `event.schemas` with `schemas:`, and redrive.",
  ),
];

/** Not about the event: it was tried again until the retries were used up. Cure the cause, then redrive. */
export const RETRIED: readonly Reason[] = [
  reason(
    "store-unavailable",
    "Redis, or the SQLite file, could not be reached or written.",
    "`wadi doctor` says what is wrong with it.",
  ),
  reason("version-conflict", "Other writers won each commit within the time budget.", "Let fewer pods of `learn` run."),
  reason("held", "Commits were held for a promotion or an export.", "Wait a moment."),
  reason(
    "superseded",
    "A newer pipeline revision or a newer Wadi has taken the model over, and this process is an old one.",
    "Replace the old process; with Helm or GitOps, let `pipelines.revision` only grow.",
  ),
  reason(
    "changed-model",
    "A model in the store was learned with another chain, features or target than the file now has.",
    "Give the changed model a new name, or [learn from the log again](../how-to/learn-from-the-log-again.md).",
  ),
  reason(
    "shorter-retention",
    "The store was opened before with a longer retention.",
    "Start with at least that retention.",
  ),
  reason("registry-unavailable", "The schema registry of a source could not be asked.", "Start it, check its address."),
  reason("broker-unavailable", "`predict` could not post a recorded prediction to the broker.", "Ask again."),
  reason("busy", "More events were under way than the queue bound (`WADI_QUEUE_BOUND`).", "Send more slowly."),
  reason("kafka-unavailable", "Kafka could not be reached.", "Start it, check `--kafka`."),
  reason("journal-unavailable", "The journal of `wadi start` could not be written.", "Make room on the disk."),
  reason("stopping", "The process is ending.", "Send to the next one."),
  reason("internal", "A fault of Wadi. Its log has the stack.", "Report it; redrive with the version that mends it."),
  reason("timeout", "The step did not answer in the time that its delivery gives it.", "See why it is slow."),
  reason("transport", "The connection failed, or nothing answered.", "See whether the step runs."),
  reason(
    "no-status",
    "Knative wrote the letter without a status: nothing answered, or what answered 2xx was no event.",
    "The log of the step tells more.",
  ),
  reason("a number", "A status without a code: a proxy or the platform answered, not Wadi.", "Its log tells more."),
];

const PLATFORM = "platform-";
const OF_ANY_STATUS = "platform-status";

/** The reason of an answer that bears no mark: whoever is between the broker and the step gave it. */
export const platformReason = (status: number): string => `${PLATFORM}${status}`;

/**
 * Where `wadi start --steps` calls a step by URL: answers that are not the step's. All are tried again, and a dead letter once the
 * retries are used up.
 */
export const OF_CALLED_STEPS: readonly Reason[] = [
  reason(
    "platform-200",
    "200 without the mark `wadi-step`: a login page, another program, or a step of an earlier Wadi.",
    "Correct the address; behind it must be a step of this version.",
  ),
  reason(
    "platform-202",
    "202 without the mark: the step is slower than the platform waits.",
    "Raise the platform's time limit or memory, or lower `--steps-concurrency`.",
  ),
  reason(
    "platform-400",
    "400 without the mark: the step crashed, ran out of memory, or the request is more than the platform takes.",
    "See the platform's log of the step; give it more memory.",
  ),
  reason(
    "platform-401",
    "401 without the mark: the platform wants a login.",
    "Set the header it wants in `WADI_STEPS_HEADERS`.",
  ),
  reason(
    "platform-403",
    "403 without the mark: the platform does not let this caller in.",
    "Correct the header in `WADI_STEPS_HEADERS`.",
  ),
  reason(
    "platform-404",
    "404 without the mark: no such step is there.",
    "Deploy the step, or correct the address (`{step}` stands for the step's name).",
  ),
  reason(
    "platform-413",
    "413 without the mark: the request is larger than the platform takes.",
    "Set `--steps-max-bytes` to the platform's limit: such an event is a dead letter at once then.",
  ),
  reason(
    "platform-429",
    "429 without the mark: the platform throttles.",
    "Raise its limit (OpenWhisk's is 120 calls a minute by default), or lower `--steps-concurrency`.",
  ),
  reason(
    "platform-503",
    "503 without the mark: no instance of the step is up.",
    "See the platform's log; does the step start?",
  ),
  reason(
    OF_ANY_STATUS,
    "Any other status without the mark, with the status in the place of the last word: the platform answered, not the step.",
    "See the platform's log.",
  ),
  reason(
    "wrong-step",
    "Another step than the one that was called answered.",
    "Correct the address of this step in `--steps`.",
  ),
  reason("answer-too-large", "The answer of the step has more than 1 MiB.", "Report it: no step makes such an event."),
];

/** The meaning and the cure of a code; undefined where it is not known. */
export function reasonOf(code: string): Reason | undefined {
  const known = REASONS.find((one) => one.code === code);
  if (known !== undefined || !/^platform-\d+$/.test(code)) return known;
  return OF_CALLED_STEPS.find((one) => one.code === OF_ANY_STATUS);
}

/** Of the broker itself. */
export const OF_THE_BROKER: readonly Reason[] = [
  reason(
    "hop-limit",
    "Events caused each other more often in turn than is allowed.",
    "Break the circle in `steps:`; drop.",
  ),
  reason("reply-refused", "The log did not take what the step answered with.", "See the message."),
  reason(
    "no-event",
    "A step that is called by URL answered with something that is no event.",
    "See what changes its answers on their way, and redrive.",
  ),
  reason(
    "too-large-for-steps",
    "The request to the step would have more bytes than `--steps-max-bytes` allows. A dead letter at once.",
    "Let this step run where larger requests are taken, or send smaller events.",
  ),
  reason("not-json", "The event cannot be written as JSON.", "Correct what makes it."),
];

/**
 * 400: no CloudEvent, so the door refuses it and nothing is kept. Where such a thing lies in a topic that is read, it
 * becomes a dead letter with the same code.
 */
export const MALFORMED: readonly Reason[] = [
  reason("missing-attribute", "`specversion`, `id`, `source` or `type` is missing.", "Send it."),
  reason("specversion", "`specversion` is not 1.0.", "Send 1.0."),
  reason("attribute-name", "An attribute's name is not 1 to 64 lower-case letters and digits.", "Rename it."),
  reason("attribute-type", "An attribute is no string, boolean or 32-bit integer.", "Send it as text."),
  reason("attribute-value", "An attribute is empty, or holds a control character.", "Leave it out, or clean it."),
  reason("attribute-size", "An attribute is too long.", "Put long things into the data."),
  reason("attribute-count", "There are too many attributes.", "Put them into the data."),
  reason("duplicate-header", "A header is there twice.", "Send it once."),
  reason("time", "`time` is no RFC 3339 timestamp.", "Send for instance 2026-01-31T08:30:00Z."),
  reason("invalid-json", "The body says that it is JSON, and is not.", "Send valid JSON."),
  reason("json-depth", "The JSON is nested too deeply.", "Flatten it."),
  reason("json-size", "The JSON has too many members or containers.", "Send less in one request."),
  reason("charset", "The body is not in the charset that it names, or not in UTF-8.", "Send UTF-8."),
  reason("data", "`data` and `data_base64` are both there, or do not fit `datacontenttype`.", "Send one of them."),
  reason("not-a-cloudevent", "Neither `ce-` headers nor a structured event.", "Choose a mode; the message shows how."),
  reason("event-format", "The structured format is not JSON.", "Send `application/cloudevents+json`."),
  reason("batch-mode", "A batch where none is taken, or one that is no list.", "Send each event in a request."),
  reason("content-encoding", "The gzip of the body is broken (400), or it is no gzip at all (415).", "Send gzip."),
  reason("cut", "The request ended before its body did.", "Send it again."),
  reason("url", "The URL cannot be read.", "Correct it."),
];

/** Neither an event's nor a step's: the request. */
export const OF_REQUESTS: readonly Reason[] = [
  reason("internal-type", "403: a client sent what only steps may send.", "Send observations and labels."),
  reason("foreign-host", "403: `Host` names another site.", "Set `WADI_ALLOWED_HOSTS` behind a proxy."),
  reason("foreign-origin", "403: a page of another site asks.", "Set `WADI_ALLOWED_HOSTS` where that is meant."),
  reason("path", "404: nothing is there.", "The answer names what is."),
  reason("method", "405: another method belongs there.", "The answer names it."),
  reason("expectation", "417: an `Expect` other than `100-continue`.", "Leave it out."),
  reason("no-broker", "501: `/infer` with an id, and no broker is named.", "Set `WADI_BROKER`, or leave the id out."),
  reason("not-http", "The request is no HTTP/1.1.", "Use an HTTP client."),
];

export const REASONS = [
  ...REJECTED,
  ...OF_SOURCES,
  ...RETRIED,
  ...OF_CALLED_STEPS,
  ...OF_THE_BROKER,
  ...MALFORMED,
  ...OF_REQUESTS,
];
