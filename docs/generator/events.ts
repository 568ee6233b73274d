// The page of events: types, data, attributes, sizes, answers and reasons, from the values that the code uses.

import { join } from "node:path";
import type { Filter } from "../../functions/lib/broker/broker.ts";
import { isRetried } from "../../functions/lib/broker/outcome.ts";
import { MAX_HOPS } from "../../functions/lib/broker/settlement.ts";
import { readTopology } from "../../functions/lib/broker/topology.ts";
import {
  BusyError,
  ContentCodingError,
  ForbiddenError,
  MalformedEventError,
  RejectedError,
  TooLargeError,
  UnavailableError,
  UnsupportedError,
  VersionConflictError,
} from "../../functions/lib/errors.ts";
import { MAX_ATTRIBUTE_LENGTH, MAX_ATTRIBUTES } from "../../functions/lib/events/attributes.ts";
import { MAX_BATCH_EVENTS } from "../../functions/lib/events/batch.ts";
import {
  CARRIED,
  MAX_DERIVED_BYTES,
  MAX_DERIVED_HEADER_BYTES,
  MAX_DOOR_BODY_BYTES,
} from "../../functions/lib/events/derive.ts";
import { MAX_JSON_CONTAINERS, MAX_JSON_DEPTH, MAX_JSON_MEMBERS } from "../../functions/lib/events/json.ts";
import { MAX_MESSAGE_BYTES } from "../../functions/lib/events/kafka-binding.ts";
import {
  MALFORMED,
  OF_CALLED_STEPS,
  OF_REQUESTS,
  OF_SOURCES,
  OF_THE_BROKER,
  REJECTED,
  RETRIED,
  type Reason,
} from "../../functions/lib/events/reasons.ts";
import { EventType } from "../../functions/lib/events/vocabulary.ts";
import { MAX_RECORD_BYTES } from "../../functions/lib/pipeline/sources/record.ts";
import { STEP_HEADER } from "../../functions/lib/serve/mark.ts";
import { failureOf } from "../../functions/lib/serve/status.ts";
import { ATTRIBUTES, SERVED, TYPES } from "./event-words.ts";
import { code, page, ROOT, table } from "./markdown.ts";

const kib = (bytes: number) => (bytes % 1024 ** 2 === 0 ? `${bytes / 1024 ** 2} MiB` : `${bytes / 1024} KiB`);
const SIZES: readonly (readonly [what: string, limit: string])[] = [
  ["the body of a request with one event", kib(MAX_DOOR_BODY_BYTES)],
  ["the body of a batch", kib(4 * MAX_DOOR_BODY_BYTES)],
  ["events in a batch", MAX_BATCH_EVENTS.toLocaleString("en")],
  ["a record of a topic source", kib(MAX_RECORD_BYTES)],
  ["a derived event", kib(MAX_DERIVED_BYTES)],
  ["its attributes as headers", kib(MAX_DERIVED_HEADER_BYTES)],
  ["a message of Kafka", kib(MAX_MESSAGE_BYTES)],
  ["attributes of an event", String(MAX_ATTRIBUTES)],
  ["characters of an attribute", MAX_ATTRIBUTE_LENGTH.toLocaleString("en")],
  ["nesting of JSON", String(MAX_JSON_DEPTH)],
  ["objects and lists in a JSON body", MAX_JSON_CONTAINERS.toLocaleString("en")],
  ["members in a JSON body", MAX_JSON_MEMBERS.toLocaleString("en")],
  ["events that cause each other in turn (local brokers)", String(MAX_HOPS)],
];

const FAILURES: readonly (readonly [what: string, error: Error])[] = [
  ["not a CloudEvent", new MalformedEventError("", "")],
  ["can never be handled as it is; the body names the fields at fault", new RejectedError("", "")],
  ["larger than the door takes", new TooLargeError("", "")],
  ["an encoding of the body that is not gzip", new ContentCodingError("", "")],
  ["who asks may not ask this", new ForbiddenError("", "")],
  ["other writers won every try in the time budget", new VersionConflictError("", "")],
  ["too many events under way; `Retry-After` is set", new BusyError("", "")],
  ["store or log not reachable", new UnavailableError("", "")],
  ["asked for what this process is not set up for", new UnsupportedError("", "")],
  ["a fault of Wadi", new Error("")],
];

function answers(): string {
  const failures = FAILURES.map(([what, error]) => {
    const { status } = failureOf(error);
    return [what, String(status), isRetried(status) ? "tries again with backoff, then a dead letter" : "dead letter"];
  });
  return table(
    ["outcome", "status", "what the broker then does"],
    [
      ["a derived event", "200 and the event in binary mode", "publishes it"],
      ["nothing to derive", "202, empty body", "is done with the event"],
      ...failures,
      ["no answer in time, or none at all", "none", "tries again with backoff, then a dead letter"],
    ],
  );
}

const reasonsOf = (reasons: readonly Reason[]) =>
  table(
    ["reason", "what it means", "cure"],
    reasons.map(({ code: name, means, cure }) => [name === "a number" ? name : code(name), means, cure]),
  );

function filterText(filter: Filter): string {
  if ("any" in filter) return filter.any.map(filterText).join(" or ");
  if (!("exact" in filter)) return code(JSON.stringify(filter));
  return Object.entries(filter.exact)
    .map(([name, value]) => (name === "type" ? code(value) : `${code(name)} = ${code(value)}`))
    .join(" with ");
}

const membersOf = (members: Readonly<Record<string, string>>) =>
  table(
    ["member", "what it is"],
    Object.entries(members).map(([name, what]) => [code(name), what]),
  );

export function eventsPage(): string {
  const keys = Object.keys(EventType) as readonly (keyof typeof EventType)[];
  const taken = readTopology(join(ROOT, "helm/values.yaml")).map(({ name, filters, order, delivery }) => [
    code(name),
    filters.map(filterText).join(" and "),
    order,
    `${delivery.retry} times, ${delivery.backoffPolicy} from ${delivery.backoffDelay}`,
  ]);
  return page(
    "Events",
    "Every event is a [CloudEvent 1.0](https://cloudevents.io). One event in, at most one event out. Clients send observations and labels; everything else is made by Wadi.",
    table(
      ["type", "from", "to", "what it is"],
      keys.map((key) => [code(EventType[key]), TYPES[key].from, TYPES[key].to, TYPES[key].what]),
    ),
    "## Data",
    "All data is JSON; an observation may be Avro. Values between steps are typed in `functions/lib/events/vocabulary.ts`.",
    ...keys.flatMap((key) => {
      const { data } = TYPES[key];
      return data === undefined ? [] : [`### ${EventType[key]}`, membersOf(data)];
    }),
    "`served` has:",
    membersOf(SERVED),
    "## Attributes",
    `\`specversion\`, \`id\`, \`source\` and \`type\` are required. A derived event has the source \`/wadi/<pipeline>/<step>\`, and the same id when its cause is delivered again. It takes over ${CARRIED.map(code).join(", ")}; all else is left behind.`,
    table(
      ["attribute", "set by", "what it is"],
      ATTRIBUTES.map(([name, ...rest]) => [code(name), ...rest]),
    ),
    "## Sizes",
    "At most:",
    table(["what", "limit"], SIZES),
    "## Who takes them",
    "The topology is written once, under `steps:` of [helm/values.yaml](../../helm/values.yaml). Without a Kafka `wadi start` delivers to every step in order: an event that is tried again holds up those behind it.",
    table(["step", "takes", "order", "tried again"], taken),
    "## Answers of a step over HTTP",
    `Each bears the header \`${STEP_HEADER}: <step>\`. A failure has a JSON body \`{ error, message, fields? }\` and its code in the header \`kne-wadireason\`. These statuses are tried again: 404, 408, 409, 429 and all from 500 on.`,
    answers(),
    "At the door (the port that clients send to) 202 means that the event is on disk.",
    "## Reasons of dead letters",
    "[Dead letters](../how-to/dead-letters.md) shows how to look at them and send them again. The reason stands in the extension `wadireason`, in `./wadi dlq list`, and in the answer's header `kne-wadireason`.",
    "### The event is at fault",
    "A dead letter at once (422). The same event fails again until something is mended.",
    reasonsOf(REJECTED),
    "### A record of a topic source is at fault",
    reasonsOf(OF_SOURCES),
    "### Something else was not there",
    "Tried again, and a dead letter once the retries are used up. See that the cause is gone, then redrive.",
    reasonsOf(RETRIED),
    "### A step that is called by URL did not answer itself",
    "Only with [`wadi start --steps`](../how-to/run-the-functions-elsewhere.md). A step marks each answer with the header `wadi-step: <step>`; what bears no mark is of the platform before it. Tried again, whatever its status, and a dead letter once the retries are used up.",
    reasonsOf(OF_CALLED_STEPS),
    "### The broker gave it up",
    reasonsOf(OF_THE_BROKER),
    "## Codes of requests that are no events",
    "A client sees these (400 unless stated). Nothing is kept, so there is no dead letter; something unreadable in a topic that Wadi reads becomes a dead letter with the same code.",
    reasonsOf(MALFORMED),
    "And these, which are about the request and not about an event:",
    reasonsOf(OF_REQUESTS),
  );
}
