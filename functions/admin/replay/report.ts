// What a replay tells of itself while it runs and at its end.

import { distance, type LogPosition, positionText } from "../../lib/broker/event-log.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { Generations } from "../../lib/store/generations.ts";
import type { StateReader } from "../../lib/store/store.ts";
import type { StoredModel } from "../../lib/store/stored-model.ts";
import { figuresOf } from "../models/stored-state.ts";
import type { ReplayRequest, Replay as ReplayState } from "../shapes/replays.ts";
import type { Replay } from "./replay.ts";

export type Outcome = Pick<ReplayState, "state" | "promoted" | "failure" | "sets">;

/** A replay and how it was asked for. */
export interface Reported {
  readonly request: ReplayRequest;
  readonly replay: Replay;
  readonly from: LogPosition;
  readonly to: LogPosition;
  readonly outcome: Outcome;
}

const MAX_COMPARED_SETS = 100;

export function reportOf(number: number, { request, replay, from, to, outcome }: Reported): ReplayState {
  const { pipeline, into, gap, fromArchive } = request;
  const whole = distance(from, to);
  return {
    number,
    pipeline,
    fromArchive: fromArchive === true,
    gap: gap === true,
    from: positionText(from),
    to: positionText(to),
    ...(into !== undefined && { into }),
    fraction: whole === 0 ? 1 : Math.min(1, distance(from, replay.position) / whole),
    ...replay.figures,
    ...outcome,
  };
}

/** The generation in force beside the one that was filled, before any promotion. */
export async function compareGenerations(
  models: StateReader & Pick<Generations, "loadGeneration">,
  { request: { into }, replay }: Pick<Reported, "request" | "replay">,
  pipeline: Pipeline | undefined,
): Promise<NonNullable<ReplayState["sets"]>> {
  const compared = [...replay.sets].sort().slice(0, MAX_COMPARED_SETS);
  return Promise.all(
    compared.map(async (set) => ({
      set,
      inForce: scoresOf(await models.load(set), pipeline),
      ...(into !== undefined && { replayed: scoresOf(await models.loadGeneration(set, into), pipeline) }),
    })),
  );
}

function scoresOf(stored: StoredModel, pipeline: Pipeline | undefined) {
  const { generation, version } = stored;
  const { count, models } = figuresOf(stored, pipeline);
  return {
    generation,
    version,
    count,
    models: Object.fromEntries(models.map(({ name, metrics }) => [name, metrics])),
  };
}
