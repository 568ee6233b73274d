// When the labels of generated rows are sent, where they come later.

import type { GeneratorRequest } from "../../admin/shapes/generator.ts";
import { refused } from "../../admin/tries/refused.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { DELAYS, parseLabelDelay } from "../label-delay.ts";
import type { ReadPlan } from "../reader.ts";

/** Labels that wait at most: they are kept in memory. */
export const MOST_WAITING = 100_000;

/** `time`: the column of the event's time; undefined where the rows have none. @throws RejectedError for a delay that cannot be. */
export function lateOf(
  { lateLabels }: GeneratorRequest,
  { name, targetField, subjectField }: Pipeline,
  time: string | undefined,
): ReadPlan["late"] {
  if (lateLabels === undefined) return undefined;
  const delay = parseLabelDelay(lateLabels);
  if (delay === undefined) throw refused("body.lateLabels", `is no delay; write ${DELAYS}`);
  if (targetField === undefined)
    throw refused("body.lateLabels", `is not for ${name}, which takes no labels; leave it out`);
  if (delay.kind === "rows" && delay.rows > MOST_WAITING)
    throw refused("body.lateLabels", `is more than ${MOST_WAITING} rows`);
  if (delay.kind !== "rows" && time === undefined) {
    throw refused("body.lateLabels", "counts from the time of a row, and there is none; say after how many rows: 10");
  }
  return { target: targetField, delay, ...(subjectField !== undefined && { subject: subjectField }) };
}
