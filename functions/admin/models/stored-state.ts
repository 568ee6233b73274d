// The figures of a stored model set, whatever pipeline revision wrote it: people look at it also when this process could not
// go on from it.

import { UnavailableError } from "../../lib/errors.ts";
import { type ConformalState, conformalProblem } from "../../lib/learners/conformal.ts";
import { CALIBRATION_FORM, type CalibrationState } from "../../lib/learners/metrics/calibration.ts";
import { createMetric } from "../../lib/learners/metrics/index.ts";
import type { ChallengerState, ModelSetState, OneModelState } from "../../lib/learners/model-set-state.ts";
import { challengerName } from "../../lib/learners/restart.ts";
import { readState } from "../../lib/learners/state-form.ts";
import { tasks } from "../../lib/learners/task.ts";
import { baselinesOf } from "../../lib/pipeline/chain.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { HistoryPoint as StoredPoint } from "../../lib/store/snapshots.ts";
import type { StateReader } from "../../lib/store/store.ts";
import type { StoredModel } from "../../lib/store/stored-model.ts";
import type { DriftFound, FileChange, HistoryPoint, ModelRestart } from "../shapes/history.ts";
import type { ModelFigures } from "../shapes/shapes.ts";

export interface SetFigures {
  readonly count: number;
  readonly scoredOnServed: number;
  /** Where labels are not learned. */
  readonly onlyScored?: number;
  /** "" where it is not known. */
  readonly champion: string;
  /** Where it was pinned by hand: its name. */
  readonly pinned?: string;
  readonly models: ModelFigures[];
}

export type Loose<T> = { readonly [K in keyof T]?: unknown };

/** @param pipeline the one that is deployed, if it is: who serves is said by its file, or chosen and committed. */
export function figuresOf({ state: text }: Pick<StoredModel, "state">, pipeline: Pipeline | undefined): SetFigures {
  const state = mapOf(parseLoose(text)) as Loose<ModelSetState>;
  const stored = mapOf(state.models);
  const pinned = pinnedOf(state.pinned, pipeline);
  const champion = pinned ?? championOf(state.champion, pipeline);
  // In the order of the file; those that are gone from it, and those that have not learned yet, are there too.
  const names = new Set([...Object.keys(pipeline?.models ?? {}), ...Object.keys(stored)]);
  const baselines = baselinesOf(pipeline?.models ?? {});
  const figures = [...names].map((name) => ({
    ...modelFigures(name, mapOf(stored[name]), name === champion),
    ...(baselines.has(name) && { isBaseline: true as const }),
  }));
  return {
    count: countOf(state.count),
    scoredOnServed: countOf(state.scoredOnServed),
    ...(pipeline !== undefined &&
      tasks[pipeline.task].learns === "observations" && { onlyScored: countOf(state.onlyScored) }),
    champion,
    ...(pinned !== undefined && { pinned }),
    models: [...figures, ...challengerFigures(state.challenger, baselines)],
  };
}

/** Also where what was learned since its base cannot be learned again: the base alone. @throws UnavailableError. */
export async function loadLoosely(models: StateReader, set: string): Promise<StoredModel> {
  try {
    return await models.load(set);
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    const { base = "", tail: _tail, ...head } = await models.loadSince(set);
    return { ...head, state: base };
  }
}

/** What the state may grow to, where the one who learned it has a limit. */
export function limitOf(text: string): { readonly maxStateBytes?: number } {
  const { maxStateBytes } = mapOf(mapOf(parseLoose(text))["learnedBy"]);
  return typeof maxStateBytes === "number" ? { maxStateBytes } : {};
}

function championOf(committed: unknown, pipeline: Pipeline | undefined): string {
  const known = typeof committed === "string" ? committed : "";
  if (pipeline === undefined) return known;
  // A model that is gone from the file serves no more.
  return pipeline.best !== undefined && Object.hasOwn(pipeline.models, known) ? known : pipeline.serve;
}

function pinnedOf(committed: unknown, pipeline: Pipeline | undefined): string | undefined {
  if (typeof committed !== "string") return undefined;
  return pipeline === undefined || Object.hasOwn(pipeline.models, committed) ? committed : undefined;
}

function challengerFigures(value: unknown, baselines: ReadonlySet<string>): ModelFigures[] {
  const { model, at, learned } = mapOf(value) as Loose<ChallengerState>;
  if (typeof model !== "string") return [];
  const figures = modelFigures(challengerName(model, countOf(at)), mapOf(learned), false);
  return [{ ...figures, challenges: model, ...(baselines.has(model) && { isBaseline: true as const }) }];
}

function modelFigures(name: string, model: Loose<OneModelState>, serves: boolean): ModelFigures {
  const { n, skipped, leftOut, metrics, conformal, calibration } = model;
  const values = Object.entries(mapOf(metrics)).map(([metric, state]) => [metric, metricValue(metric, state)] as const);
  const counts = { n: countOf(n), skipped: countOf(skipped), leftOut: countOf(leftOut) };
  return { name, serves, ...counts, metrics: finite(values), ...coverageOf(conformal), ...calibrationOf(calibration) };
}

function coverageOf(conformal: unknown): Pick<ModelFigures, "coverage"> {
  const { level, n, inside } = mapOf(conformal) as Loose<ConformalState>;
  if (countOf(n) === 0 || conformalProblem(conformal) !== undefined) return {};
  return { coverage: { level: level as number, n: countOf(n), inside: countOf(inside) } };
}

function calibrationOf(given: unknown): Pick<ModelFigures, "calibration"> {
  if (given === undefined) return {};
  try {
    const { n, predicted, observed } = readState<CalibrationState>(CALIBRATION_FORM, given);
    const share = (sums: readonly number[], bin: number) => (n[bin] === 0 ? 0 : (sums[bin] ?? 0) / (n[bin] as number));
    return {
      calibration: n.map((of, bin) => ({ n: of, predicted: share(predicted, bin), observed: share(observed, bin) })),
    };
  } catch {
    return {}; // damaged, or of another version of Wadi
  }
}

/** A metric's name says what it is, so its state can be read without the file that asked for it. */
function metricValue(name: string, state: unknown): unknown {
  const rolling = /^(.+)_rolling_(\d+)$/.exec(name);
  try {
    const spec = rolling === null ? name : { rolling: rolling[1] as string, over: Number(rolling[2]) };
    const metric = createMetric(spec);
    return metric.open(readState(metric.form, state)).get();
  } catch {
    return undefined; // of another version of Wadi
  }
}

export function historyOf(points: readonly StoredPoint[]): HistoryPoint[] {
  return points.flatMap(({ version, point }) => {
    const all = mapOf(parseLoose(point)) as Loose<HistoryPoint>;
    const { time, count, scoredOnServed, metrics, restored, file, champion, drift, restarted, risen } = all;
    if (typeof time !== "number") return [];
    const byModel = Object.entries(mapOf(metrics)).map(([model, values]): [string, Record<string, number>] => [
      model,
      finite(Object.entries(mapOf(values))),
    ]);
    const [found, replaced, [rise]] = [listOf(drift, foundOf), listOf(restarted, restartOf), listOf([risen], foundOf)];
    return [
      {
        ...{ version, time, count: countOf(count), metrics: Object.fromEntries(byModel) },
        ...(scoredOnServed !== undefined && { scoredOnServed: countOf(scoredOnServed) }),
        ...(typeof restored === "number" && { restored: countOf(restored) }),
        ...fileOf(file),
        ...changeOf(champion),
        ...(found.length > 0 && { drift: found }),
        ...(replaced.length > 0 && { restarted: replaced }),
        ...(rise !== undefined && { risen: rise }),
      },
    ];
  });
}

function changeOf(value: unknown): Pick<HistoryPoint, "champion"> {
  const { from, to, why } = mapOf(value);
  const all = [from, to, why].every((text) => typeof text === "string");
  return all ? { champion: { from, to, why } as NonNullable<HistoryPoint["champion"]> } : {};
}

function fileOf(value: unknown): Pick<HistoryPoint, "file"> {
  if (value === undefined) return {};
  const { from, to, added, removed } = mapOf(value) as Loose<FileChange>;
  const names = (list: unknown) => (Array.isArray(list) ? list.filter((name) => typeof name === "string") : []);
  return { file: { from: countOf(from), to: countOf(to), added: names(added), removed: names(removed) } };
}

/** Of those in the list that can be read. */
function listOf<T>(list: unknown, read: (one: Readonly<Record<string, unknown>>) => T | undefined): T[] {
  return Array.isArray(list) ? list.map((one) => read(mapOf(one))).filter((one) => one !== undefined) : [];
}

function foundOf({ model, detector, at, change, challenger }: Loose<DriftFound>): DriftFound | undefined {
  if (typeof model !== "string" || typeof detector !== "string") return undefined;
  if (change !== "rise" && change !== "fall") return undefined;
  return { model, detector, at: countOf(at), change, ...(typeof challenger === "string" && { challenger }) };
}

function restartOf({ model, challenger, at, why }: Loose<ModelRestart>): ModelRestart | undefined {
  if (typeof model !== "string" || typeof challenger !== "string" || typeof why !== "string") return undefined;
  return { model, challenger, at: countOf(at), why };
}

function finite(entries: readonly (readonly [string, unknown])[]): Record<string, number> {
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === "number" && Number.isFinite(entry[1])),
  );
}

/** Undefined for what is no JSON. */
export function parseLoose(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Empty for what is no object. */
export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as never) : {};
}

function countOf(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;
}
