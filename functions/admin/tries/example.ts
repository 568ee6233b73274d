// An observation to fill a form with: the newest that came, or one that is made up of what is usual.

import { RejectedError } from "../../lib/errors.ts";
import type { FlatRecord } from "../../lib/events/vocabulary.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { mapOf } from "../models/stored-state.ts";
import type { Example } from "../shapes/learned-fields.ts";
import type { PipelineField } from "../shapes/tries.ts";
import type { Came } from "../tail.ts";

/** Figures of a number that is made up. */
const FIGURES = 3;

/** Undefined where it is no observation of this pipeline as its file is now. */
export function recordOf({ event }: Came, pipeline: Pipeline): FlatRecord | undefined {
  const { record } = mapOf(event.data);
  try {
    pipeline.decodeJson(record);
  } catch (error) {
    if (error instanceof RejectedError) return undefined;
    throw error;
  }
  return record as FlatRecord;
}

export function cameExample(record: FlatRecord, time: number, fields: readonly PipelineField[]): Example {
  const asked = fields.filter(({ isTarget, isSubject }) => !isTarget && !isSubject).map(({ name }) => name);
  const given = asked.map((name) => [name, record[name]] as const).filter(([, value]) => (value ?? null) !== null);
  return { record: Object.fromEntries(given) as Example["record"], from: "observation", time };
}

/**
 * Undefined where there is a field of which no value is known: nothing is guessed. What no feature is made of is left out: it changes no
 * prediction.
 */
export function usualExample(
  fields: readonly PipelineField[],
  { featureOrigins }: Pipeline,
  now: number,
): Example | undefined {
  const isUsed = ({ name, isTime }: PipelineField) => isTime || featureOrigins.some(({ from }) => from === name);
  const asked = fields.filter((field) => !field.isTarget && !field.isSubject && isUsed(field));
  const known = asked.map((field) => [field, usualValue(field, now)] as const);
  if (!asked.some(({ learned }) => learned !== undefined)) return undefined;
  if (known.some(([{ optional }, value]) => !optional && value === undefined)) return undefined;
  const given = known.flatMap(([{ name }, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { record: Object.fromEntries(given), from: "learned" };
}

function usualValue({ kind, symbols, optional, learned }: PipelineField, now: number) {
  if (kind === "time") return optional ? undefined : now;
  const { mean, least, most, values } = learned ?? {};
  const middle = mean ?? (least === undefined || most === undefined ? undefined : least / 2 + most / 2);
  if (middle !== undefined) return kind === "integer" ? Math.round(middle) : Number(middle.toPrecision(FIGURES));
  if (values !== undefined) return values[0];
  if (optional) return undefined;
  if (kind === "enum") return symbols?.[0];
  return kind === "boolean" ? false : undefined;
}
