// What is wrong, by the status, in plain words and with the cure: for the first view, the tab's title and its icon.

import type { Status } from "../../admin/shapes/shapes.ts";
import { count, plural } from "../../lib/figures.ts";
import { roughly } from "../../lib/times.ts";

export interface Trouble {
  readonly kind: "bad" | "warn";
  readonly short: string;
  readonly text: string;
}

/** An event that waits longer tells of a step that does not keep up. */
export const PRESSED_SECONDS = 10;

export function troubles(status: Status | undefined, now: number): readonly Trouble[] {
  if (status === undefined) return [];
  const { store, log, archive, triggers, risen = [], labelConflicts = 0 } = status;
  const found: Trouble[] = [];
  const add = (kind: Trouble["kind"], short: string, text: string) => found.push({ kind, short, text });
  if (store.missing !== undefined) add("bad", "store away", `The store: ${store.missing}`);
  if (log?.missing !== undefined) add("bad", "log away", `The log: ${log.missing}`);
  if (archive?.failing !== undefined) add("bad", "archive failing", `Nothing is archived: ${archive.failing}`);
  for (const { detail } of store.regressed ?? []) {
    add("bad", "commits lost", `The store has lost commits: ${detail}. wadi replay --gap learns them again.`);
  }
  for (const { name, waiting, called } of triggers) {
    if (waiting === undefined) continue;
    const why = called?.failing === true ? `${called.failure?.reason}. ${called.failure?.message}` : waiting.reason;
    const when = waiting.until > now ? `tries again in ${roughly(waiting.until - now)}` : "tries again now";
    add("bad", `${name} waits`, `${name} waits and ${when}: ${why}`);
  }
  for (const { name, called, waiting } of triggers) {
    if (called?.failing !== true || waiting !== undefined) continue;
    add("bad", `${name} away`, `${name} at ${called.url}: ${called.failure?.message ?? ""}`);
  }
  for (const { name, lag, lagSeconds = 0 } of triggers) {
    if (lagSeconds < PRESSED_SECONDS) continue;
    add("warn", `${name} behind`, `${name} is ${roughly(lagSeconds * 1000)} behind: ${plural(lag, "event")} wait.`);
  }
  for (const { set, model, detector } of risen) {
    add("warn", "drift", `Drift: the error of ${model} in ${set} has risen, by ${detector}.`);
  }
  if (status.deadLetters > 0) {
    add(
      "warn",
      `${count(status.deadLetters)} dead`,
      `${plural(status.deadLetters, "dead letter")}: events that could not be handled.`,
    );
  }
  if (labelConflicts > 0) {
    add(
      "warn",
      "labels differ",
      `${plural(labelConflicts, "label")} since the start were not learned: another one had come first.`,
    );
  }
  if ((log?.unmatched ?? 0) > 0) {
    add(
      "warn",
      "unknown types",
      `${plural(log?.unmatched ?? 0, "event")} of a type that no step takes: a mistyped ce-type?`,
    );
  }
  return found;
}
