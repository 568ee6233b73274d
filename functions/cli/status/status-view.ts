// The status, for people.

import type { Status } from "../../admin/shapes/shapes.ts";
import type { TriggerFigures } from "../../admin/shapes/triggers.ts";
import { count, duration, percent, plural } from "../../lib/figures.ts";
import { REGRESSED_CURE } from "../../lib/lost-commits/watch.ts";
import { ago, roughly } from "../../lib/times.ts";
import type { Where } from "../admin-access.ts";
import { type Fact, factLines } from "../terminal/facts.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { bytes } from "../terminal/sizes.ts";
import { type Column, table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

const MUCH_ARCHIVE_LAG_S = 300;
const MAX_LOSSES = 3;
const MAX_RISEN = 3;
const MAX_LEARNING = 3;

export function statusLines(status: Status, where: Where, now: number, output: Output): readonly string[] {
  const { bad, good, warn } = output.palette;
  const { store, log, deadLetters, startedAt, url, memoryBytes, labelConflicts } = status;
  const facts: readonly Fact[] = [
    ["takes events", url === undefined ? undefined : url.replace(/\/*$/, "/")],
    ["pipelines", status.pipelines.map(printable).join(", ") || "none"],
    ["received", startedAt === undefined ? undefined : receivedText(status, now)],
    ["learned", learnedText(status)],
    ["lately", latelyText(status, now)],
    [
      "not learned",
      labelConflicts === undefined || labelConflicts === 0
        ? undefined
        : warn(`${plural(labelConflicts, "label")} since the start: another came first and was learned`),
    ],
    ["drift", driftText(status, warn)],
    [
      "store",
      `${printable(store.kind)}, ${
        store.missing !== undefined
          ? bad(printable(store.missing))
          : store.regressed === undefined
            ? good("well")
            : bad("has lost commits")
      }`,
    ],
    ["lost", lostText(status, bad)],
    ["log", log?.missing === undefined ? undefined : bad(printable(log.missing))],
    [
      "no step took",
      log?.unmatched === undefined || log.unmatched === 0
        ? undefined
        : warn(
            `${plural(log.unmatched, "event")} since the start, of a type that no step handles: a mistyped ce-type? See Wadi's log`,
          ),
    ],
    ["dead letters", deadLetters === 0 ? "none" : `${bad(count(deadLetters))} (wadi dlq list)`],
    ["archive", archiveText(status, output)],
    ["memory", memoryBytes === undefined ? undefined : bytes(memoryBytes)],
  ];
  return [
    ...heading(status, where, now, output),
    ...factLines(facts, output),
    "",
    ...triggerTable(status, output),
    ...waitingLines(status.triggers, now, output),
    ...calledLines(status.triggers, now, output),
  ];
}

/** Of a cluster nothing is counted while nobody looks. */
function receivedText({ received, countedSince, perSecond: rate }: Status, now: number): string | undefined {
  if (received === undefined) return undefined;
  const since = countedSince === undefined ? "since the start" : `in ${duration(Math.max(0, now - countedSince))}`;
  return [`${plural(received, "event")} ${since}`, ...(rate === undefined ? [] : [`${perSecond(rate)}/s`])].join(", ");
}

/** What waits for a batch to be full is no trouble. */
export function archiveText(
  { archive }: Pick<Status, "archive">,
  { palette: { bad, warn } }: Output,
): string | undefined {
  if (archive === undefined) return undefined;
  const { lag, lagSeconds = 0, failing } = archive;
  if (lag === undefined) return bad(printable(failing ?? "not known"));
  const behind =
    lag === 0 ? "has every event" : `lacks ${plural(lag, "event")}, the oldest for ${roughly(lagSeconds * 1000)}`;
  if (failing !== undefined) return bad(`${behind}: ${printable(failing)}`);
  return lagSeconds > MUCH_ARCHIVE_LAG_S ? warn(behind) : behind;
}

function driftText({ risen = [] }: Status, warn: (text: string) => string): string | undefined {
  if (risen.length === 0) return undefined;
  const shown = risen.slice(0, MAX_RISEN).map(({ set, model, detector, at, count: learned }) => {
    const ago = `${plural(Math.max(0, learned - at), "example")} ago`;
    return `the error of ${printable(model)} in ${printable(set)} rose ${ago}, by ${printable(detector)}`;
  });
  const more = risen.length > MAX_RISEN ? `; and in ${plural(risen.length - MAX_RISEN, "more set")}` : "";
  return `${warn(shown.join("; ") + more)} (wadi models show <set>)`;
}

/** Each loss, and the cure once. */
function lostText({ store: { regressed = [] } }: Status, bad: (text: string) => string): string | undefined {
  if (regressed.length === 0) return undefined;
  const shown = regressed.slice(0, MAX_LOSSES).map(({ detail }) => printable(detail));
  const more = regressed.length > MAX_LOSSES ? `; and ${regressed.length - MAX_LOSSES} more` : "";
  return `${bad(shown.join("; ") + more)}. ${REGRESSED_CURE}`;
}

function learnedText({ learned, modelSets }: Status): string {
  const sets = plural(modelSets, "model set");
  return learned === undefined || modelSets === 0 ? sets : `${plural(learned, "example")} in ${sets}`;
}

/** What each pipeline has learned in the last minute, and when last; its name only where there are several. */
function latelyText({ learning = [] }: Status, now: number): string | undefined {
  const learned = learning.filter(({ last, perMinute }) => last !== undefined || perMinute > 0);
  if (learned.length === 0) return undefined;
  const busiest = learned.toSorted((a, b) => b.perMinute - a.perMinute || (b.last ?? 0) - (a.last ?? 0));
  const shown = busiest.slice(0, MAX_LEARNING).map(({ pipeline, last, perMinute, servedShare }) => {
    const parts = [
      `${learned.length > 1 ? `${printable(pipeline)} ` : ""}learned${last === undefined ? "" : ` ${ago(last, now)}`}`,
      `${plural(Math.round(perMinute), "example")} a minute`,
      ...(servedShare === undefined ? [] : [`${percent(servedShare, 1)} scored on what was served`]),
    ];
    return parts.join(", ");
  });
  const more = learned.length > MAX_LEARNING ? `; and ${plural(learned.length - MAX_LEARNING, "more pipeline")}` : "";
  return `${shown.join("; ")}${more}`;
}

function heading({ version, node, startedAt }: Status, where: Where, now: number, { palette, room }: Output) {
  const { strong, warn, quiet } = palette;
  const name = `Wadi ${printable(version)}`;
  if (where.kind === "folder")
    return wrap(`${strong(name)} ${warn("is not running")}; this is its data folder ${where.folder}`, room());
  const up = startedAt === undefined ? "" : ` up ${duration(Math.max(0, now - startedAt))},`;
  return [`${strong(name)}${up} ${quiet(`on Node ${printable(node).replace(/^v/, "")}`)}`];
}

function triggerTable({ triggers, startedAt, onCluster }: Status, output: Output): readonly string[] {
  const { palette, signs } = output;
  const { bad, warn, quiet } = palette;
  const runs = startedAt !== undefined;
  const right = (title: string, optional = false): Column => ({ title, align: "right", optional });
  const columns = [
    { title: "step" },
    right("lag"),
    right("oldest", true),
    ...(runs ? [right("under way"), right("handled"), right("/s"), right("retries", true)] : []),
    ...(runs ? [right("given up", true)] : []),
  ];
  const known = (value: number | undefined, text: (value: number) => string) =>
    value === undefined ? "-" : text(value);
  const some = (value: number, paint: (text: string) => string) => (value > 0 ? paint(count(value)) : count(value));
  const rows = triggers.map(({ name, lag, lagSeconds, inFlight, handled, retries, deadLetters, ...trigger }) => [
    printable(name),
    count(lag),
    known(lagSeconds, (seconds) => roughly(seconds * 1000)),
    ...(runs ? [known(inFlight, count), known(handled, count), known(trigger.perSecond, perSecond)] : []),
    ...(runs ? [known(retries, (of) => some(of, warn)), known(deadLetters, (of) => some(of, bad))] : []),
  ]);
  const [titles = "", ...lines] = table(columns, rows, { columns: output.room(), sign: signs.cut });
  const note = onCluster
    ? "handled: since somebody looks; what only Knative's dispatcher knows, and what is not known yet: -"
    : "handled, retries and given up: since the start, including events left in the log before";
  return [quiet(titles), ...lines, ...(runs ? wrap(note, output.room()).map(quiet) : [])];
}

function waitingLines(triggers: readonly TriggerFigures[], now: number, { palette, room }: Output) {
  const waiting = triggers.filter((one) => one.waiting !== undefined);
  if (waiting.length === 0) return [];
  const lines = waiting.flatMap(({ name, waiting: why }) => {
    const until = why?.until ?? now;
    const when = until > now ? `again in ${roughly(until - now)}` : "again now";
    const text = `${printable(name)}, ${when}: ${printable(why?.reason ?? "")}`;
    return wrap(text, room() - 7).map((line, i) => (i === 0 ? `${palette.warn("waits")}  ${line}` : `       ${line}`));
  });
  return ["", ...lines];
}

/** Of steps that are called by URL: where, and what the last failure was. */
function calledLines(triggers: readonly TriggerFigures[], now: number, { palette, room }: Output): readonly string[] {
  const lines = triggers.flatMap(({ name, called }) => {
    if (called === undefined) return [];
    const { url, failing, failure } = called;
    const state = failing ? palette.bad("fails") : palette.quiet("calls");
    const last =
      failure &&
      `; ${failing ? "" : "it answers now; "}${ago(failure.time, now)} ${failure.reason}: ${failure.message}`;
    const text = printable(`${name} at ${url}${last ?? ""}`);
    return wrap(text, room() - 7).map((line, i) => (i === 0 ? `${state}  ${line}` : `       ${line}`));
  });
  return lines.length === 0 ? [] : ["", ...lines];
}

/** Few events a second with one decimal. */
function perSecond(value: number): string {
  return value > 0 && value < 10 ? value.toFixed(1) : count(value);
}
