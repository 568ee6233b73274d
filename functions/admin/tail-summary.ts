// One event of the tail, for people: which observation and pipeline it belongs to, and what it says in short. What it holds is anybody's:
// only a beginning of it is read, and nothing of it is trusted to have a form.

import type { WrittenLetter } from "../lib/broker/broker.ts";
import { type Event, EventType, STEPS } from "../lib/events/vocabulary.ts";
import { count, plural } from "../lib/figures.ts";
import { predictionInShort } from "../lib/learners/task.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { summaryOf } from "./letters.ts";
import type { TailEvent } from "./shapes/events.ts";

const MAX_DETAIL = 200;
const MAX_VALUE = 40;

/** What is kept of one event. */
export interface TailEntry {
  readonly number: number;
  /** When it was written down, epoch milliseconds. */
  readonly time: number;
  readonly event: Event;
  readonly bytes: number;
  /** 0: received from a client. */
  readonly hops: number;
  readonly letter: WrittenLetter | undefined;
}

type Loose = Readonly<Record<string, unknown>>;

export function summarize(entry: TailEntry, pipelines: Pipelines): TailEvent {
  const { number, time, event, hops, letter } = entry;
  const subject = subjectOfEvent(event, pipelines);
  const pipeline = pipelineOfEvent(event, pipelines);
  const step = letter === undefined ? (hops === 0 ? undefined : stepOf(event)) : letter.trigger;
  return {
    number,
    time,
    outcome: outcomeOf(entry),
    type: event.type,
    source: event.source,
    id: event.id,
    ...(subject !== undefined && { subject }),
    ...(pipeline !== undefined && { pipeline }),
    ...(step !== undefined && { step }),
    detail: inShort(letter === undefined ? detailOf(event) : whyGivenUp(event, letter)),
  };
}

export function outcomeOf({ hops, letter }: TailEntry): TailEvent["outcome"] {
  if (letter !== undefined) return "dead-letter";
  return hops === 0 ? "received" : "derived";
}

/** Where it names none it is of the only one. */
export function pipelineOfEvent(event: Event, pipelines: Pipelines): string | undefined {
  const named = event["pipeline"];
  if (typeof named === "string") return named;
  const [only, ...others] = pipelines.keys();
  return others.length === 0 ? only : undefined;
}

/** The observation's, as `validate` finds it; undefined where it is of none, or nothing but its bytes would tell. */
export function subjectOfEvent(event: Event, pipelines: Pipelines): string | undefined {
  const { type, subject, id, data } = event;
  if (type === EventType.modelUpdated) return undefined;
  if (type !== EventType.observation && type !== EventType.label) return subject;
  const field = pipelines.get(pipelineOfEvent(event, pipelines) ?? "")?.subjectField;
  const inBody = field === undefined || data instanceof Uint8Array ? undefined : mapOf(data)[field];
  if (typeof inBody === "string" || typeof inBody === "number") return String(inBody);
  // A label must name its observation; an observation is named by its id where nothing else names it.
  return subject ?? (type === EventType.observation ? id : undefined);
}

function stepOf({ source }: Event): string | undefined {
  const last = source.slice(source.lastIndexOf("/") + 1);
  return STEPS.find((step) => step === last);
}

function whyGivenUp(event: Event, { trigger, reason }: WrittenLetter): string {
  const { message } = summaryOf({ number: 0, trigger, time: 0, reason, event });
  return [reason, message].filter((text) => text !== "").join(": ");
}

function detailOf({ type, data, datacontenttype }: Event): string {
  if (data instanceof Uint8Array) return `${count(data.length)} bytes of ${datacontenttype ?? "no declared type"}`;
  const told = mapOf(data);
  switch (type) {
    case EventType.observationValidated:
      return [fieldsText(mapOf(told["record"])), truthText(told["y"])].filter(Boolean).join("; ");
    case EventType.featuresExtracted:
      return [fieldsText(mapOf(told["x"])), truthText(told["y"])].filter(Boolean).join("; ");
    case EventType.labelValidated:
      return truthText(told["y"]);
    case EventType.exampleLabelled:
      return [truthText(told["y"]), servedText(told["served"])].join("; ");
    case EventType.predictionMade:
      return saidText(told, told["value"]);
    case EventType.modelUpdated:
      return commitText(told);
    default:
      return typeof data === "object" && data !== null && !Array.isArray(data) ? fieldsText(told) : valueText(data);
  }
}

function truthText(y: unknown): string {
  return y === undefined ? "" : `the truth is ${valueText(y)}`;
}

function servedText(served: unknown): string {
  if (served === undefined) return "nothing was served";
  const { model, values, ...told } = mapOf(served);
  return `served: ${saidText({ ...told, model }, mapOf(values)[String(model)])}`;
}

function saidText({ model, version }: Loose, value: unknown): string {
  const who = `${valueText(model)} (version ${valueText(version)})`;
  if (typeof value === "number") return `${who} said ${predictionInShort(value)}`;
  const shares = mapOf(value);
  const isShares = Object.values(shares).every((share) => typeof share === "number");
  return value === null || !isShares ? `${who} knew nothing yet` : `${who} said ${predictionInShort(shares as never)}`;
}

function commitText({ set, version, count: examples, champion, drift }: Loose): string {
  const { from, to } = mapOf(champion);
  const parts = [
    `version ${valueText(version)} of ${valueText(set)}`,
    typeof examples === "number" ? plural(examples, "example") : `${valueText(examples)} examples`,
    ...(champion === undefined ? [] : [`${valueText(to)} serves instead of ${valueText(from)}`]),
    ...(Array.isArray(drift) && drift.length > 0 ? ["a drift was told"] : []),
  ];
  return parts.join(", ");
}

/** As many as there is room for. */
function fieldsText(fields: Loose): string {
  let text = "";
  for (const name in fields) {
    text += `${text === "" ? "" : ", "}${cut(name)} ${valueText(fields[name])}`;
    if (text.length > MAX_DETAIL) break;
  }
  return text;
}

function valueText(value: unknown): string {
  if (typeof value === "number") return predictionInShort(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "[...]" : "{...}";
  return value === undefined ? "nothing" : cut(String(value));
}

function cut(text: string, most = MAX_VALUE): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}

/** One line, without what controls a terminal or turns and hides text. */
function inShort(text: string): string {
  return cut(text, MAX_DETAIL)
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
}

function mapOf(value: unknown): Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}
