// What a join record holds, and what a put answers: the same in every driver.
//
//   J1  What an answer depended on is written by the put that gave it and never changes, so that the same put again gives
//       the same answer: which half was first (`labelFirst`), and whether a prediction was there when the halves met.
//   J2  A row past its end counts as removed, whether it was swept or not.
//   J3  Counters are kept by the hour in which an observation (or a waiting label) was recorded, in the put's transaction.

import type { Served, Target } from "../events/vocabulary.ts";
import type { Joined, LabelAnswer, LabelHalf, ObservationAnswer, ObservationHalf } from "./store.ts";

/** How long an hour that expired is still counted; scripts/join.lua of Redis has the same. */
export const KEPT_HOURS = 24;

export type StoredObservation = Omit<ObservationHalf, "pipeline" | "key" | "y">;

export interface StoredLabel {
  readonly y: Target;
  /** The event that brought it; "" for the observation itself. */
  readonly eventId: string;
  readonly recordedTime: number;
}

export interface JoinRow {
  readonly labelFirst: boolean;
  readonly observation?: StoredObservation;
  readonly label?: StoredLabel;
  /** The label completed the join when nothing had been served yet; what was served later is not part of its answer. */
  readonly unserved: boolean;
  readonly served?: Served;
}

/** By the row as the put left it. An observation that came first never gains a label it did not bear (J1). */
export function observationAnswer(
  half: ObservationHalf,
  { observation, label, labelFirst }: JoinRow,
): ObservationAnswer {
  const { source, id, set, x, time, recordedTime } = observation as StoredObservation;
  if (source !== half.source || id !== half.id) return { outcome: "subject-taken", source, id };
  const conflict = labelFirst && half.y !== undefined && half.y !== label?.y;
  const answer = { outcome: "stored", set, x, time, recordedTime, conflict } as const;
  const known = label !== undefined && (labelFirst || label.eventId === "");
  return known ? { ...answer, y: label.y } : answer;
}

/** By the row as the put left it. A label that came first stays waiting; one that completed the join completes it again (J1). */
export function labelAnswer(half: Pick<LabelHalf, "eventId" | "y">, row: JoinRow): LabelAnswer {
  const first = row.label as StoredLabel;
  if (first.eventId !== half.eventId) {
    return first.y === half.y ? { outcome: "duplicate" } : { outcome: "conflict", first: first.y };
  }
  if (row.labelFirst || row.observation === undefined) return { outcome: "waiting" };
  return { outcome: "joined", example: joined(row.observation, row, first.y) };
}

function joined(observation: StoredObservation, { served, unserved }: JoinRow, y: Target): Joined {
  const { set, time, recordedTime, learnedId, x } = observation;
  const example = { set, time, recordedTime, learnedId, x, y };
  return served === undefined || unserved ? example : { ...example, served };
}

/** What of a row `read` shows. */
export function shownRow(key: string, { observation, label, served }: JoinRow) {
  return {
    ...(observation === undefined ? {} : { observation: { key, ...observation } }),
    ...(label === undefined ? {} : { y: label.y, labelledTime: label.recordedTime }),
    ...(served === undefined ? {} : { served }),
  };
}
