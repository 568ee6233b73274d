// The replays of this process, one at a time: begun, told of, stopped, and what came of them.

import { randomBytes } from "node:crypto";
import { distance, type LogPosition, parsePosition, positionText } from "../../lib/broker/event-log.ts";
import { asError, BusyError, NotFoundError, RejectedError } from "../../lib/errors.ts";
import { suggestion } from "../../lib/nearest.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { parseTimestamp } from "../../lib/pipeline/record/timestamp.ts";
import { systemRandom } from "../../lib/random.ts";
import { GAP_REPLAYED } from "../../lib/regression/watch.ts";
import type { StoredModel } from "../../lib/store/stored-model.ts";
import type { ReplayPort } from "../admin.ts";
import { figuresOf } from "../models/stored-state.ts";
import type { ReplayRequest, Replay as ReplayState } from "../shapes/replays.ts";
import { promote } from "./promotion.ts";
import { openReplay, type Replay, type ReplayTools } from "./replay.ts";
import { together } from "./together.ts";

export interface ReplaysOptions extends Omit<ReplayTools, "retention"> {
  readonly pipelines: Pipelines;
  /** The id of `log` where only this process has it. */
  readonly ownLog?: string | undefined;
}

export interface Replays extends ReplayPort {
  /** Stops what runs, and waits for that. */
  close(): Promise<void>;
}

/** What every replay of a real process takes. */
export const replayChance = {
  revision: () => randomBytes(16).toString("hex"),
  random: systemRandom,
};

const MAX_TOLD_SETS = 100;
const MAX_KEPT = 20;

type Outcome = Pick<ReplayState, "state" | "promoted" | "failure" | "sets">;

interface Job {
  readonly request: ReplayRequest;
  readonly replay: Replay;
  readonly from: LogPosition;
  to: LogPosition;
  outcome: Outcome;
  readonly abort: AbortController;
  over: Promise<void>;
}

class Stopped extends Error {}

export function createReplays(options: ReplaysOptions): Replays {
  const { log, store, pipelines } = options;
  const jobs = new Map<number, Job>();
  let number = 0;

  function jobOf(wanted: number): Job {
    const job = jobs.get(wanted);
    if (job !== undefined) return job;
    throw new NotFoundError(`there is no replay ${wanted} in this process; the last ${MAX_KEPT} are remembered`);
  }

  const running = () => [...jobs].find(([, { outcome }]) => !isOver(outcome));

  async function start(request: ReplayRequest): Promise<ReplayState> {
    const pipeline = pipelineOf(pipelines, request.pipeline);
    checkRequest(request);
    const sets = await setsOf(pipeline.name);
    const inForce = await whereInForce(request, sets);
    const previous = await together(request.into === undefined ? [] : sets, (set) => store.models.previous(set));
    const hasLived = previous.some((generation) => generation === request.into);
    // Of a gap, too: what was committed since a loss hides where it began.
    const from = await placeOf(request.from ?? "start", "from");
    const to = await placeOf(request.to ?? "end", "to");
    if (from.length !== to.length) {
      throw refused("from", `names ${from.length} partitions; the log has ${to.length}`);
    }
    const busy = running();
    if (busy !== undefined) {
      throw new BusyError(
        "busy",
        `replay ${busy[0]} of ${busy[1].request.pipeline} is under way: stop it, or wait for it`,
      );
    }
    const retention = await store.retention.agreed();
    const replay = openReplay({ ...options, retention }, { pipeline, from, into: request.into, inForce, hasLived });
    const job: Job = {
      ...{ request, replay, from, to },
      outcome: { state: "replaying", promoted: false },
      abort: new AbortController(),
      over: Promise.resolve(),
    };
    jobs.set(++number, job);
    const [oldest] = jobs.keys();
    if (jobs.size > MAX_KEPT && oldest !== undefined) jobs.delete(oldest);
    job.over = run(job);
    return told(number, job);
  }

  async function run(job: Job): Promise<void> {
    const { request, replay, abort } = job;
    const { into } = request;
    try {
      await replay.advance(job.to, abort.signal);
      const inForce = await compared(job);
      if (request.promote === true && into !== undefined) {
        job.outcome = { ...job.outcome, state: "promoting" };
        const tools = {
          ...{ log, models: store.models, clock: options.clock, sets: () => setsOf(request.pipeline) },
          otherLogs: {
            list: async () => (await store.agreement.logs()).filter(({ id }) => id !== options.ownLog),
            forgetting: store.agreement.forgettingLogs,
          },
        };
        await promote(replay, into, tools, abort.signal);
        job.to = replay.place;
      }
      job.outcome = { state: "done", promoted: request.promote === true, sets: inForce };
      if (request.gap === true) tellFed(job);
    } catch (error) {
      const { message } = asError(error);
      job.outcome =
        error instanceof Stopped
          ? { state: "stopped", promoted: false }
          : { state: "failed", promoted: false, failure: message };
    } finally {
      await replay.close();
    }
  }

  /** What was noticed of the loss is over with it. */
  function tellFed({ request: { pipeline }, replay, from }: Job): void {
    const detail = `${replay.figures.read} events of the log, from ${positionText(from)} on, were fed again`;
    store.activity.append({ time: options.clock.now(), kind: GAP_REPLAYED, pipeline, detail });
  }

  /** The one in force beside the one that was filled, before any promotion. */
  async function compared({ request, replay }: Job): Promise<NonNullable<ReplayState["sets"]>> {
    const pipeline = pipelines.get(request.pipeline);
    const named = [...replay.sets].sort().slice(0, MAX_TOLD_SETS);
    const { models } = store;
    return Promise.all(
      named.map(async (set) => ({
        set,
        inForce: scoresOf(await models.load(set), pipeline),
        ...(request.into !== undefined && {
          replayed: scoresOf(await models.loadGeneration(set, request.into), pipeline),
        }),
      })),
    );
  }

  async function setsOf(pipeline: string): Promise<readonly string[]> {
    // Of all names that begin so the pipeline's own is the first.
    const [own] = await store.models.sets({ prefix: pipeline, limit: 1 });
    const values = await store.models.sets({ prefix: `${pipeline}/` });
    return own === pipeline ? [own, ...values] : values;
  }

  /**
   * In these sets the generation learns from the stream: a replay beside it would be one and the same. It is for the others,
   * where a promotion has not come to the end of them.
   */
  async function whereInForce({ into }: ReplayRequest, sets: readonly string[]): Promise<readonly string[]> {
    if (into === undefined) return [];
    const heads = await together(sets, (set) => store.models.head(set));
    const found = sets.filter((_, i) => heads[i]?.generation === into);
    const [first] = found;
    if (first === undefined) return [];
    for (const [i, set] of sets.entries()) {
      if (heads[i]?.generation === into) continue;
      if ((await store.models.loadGeneration(set, into)).version > 0) return found;
    }
    throw refused("into", `${into} is in force in ${first} already: name another generation`);
  }

  async function placeOf(text: string, field: "from" | "to"): Promise<LogPosition> {
    if (text === "start") return log.start();
    if (text === "end") return log.end();
    const place = parsePosition(text);
    if (place !== undefined) return place;
    const time = parseTimestamp(text);
    if (time !== undefined) return log.at(time);
    throw refused(
      field,
      `is ${JSON.stringify(text)}; write start, end, a time like 2026-01-31T08:30:00Z, or a place like 17`,
    );
  }

  return {
    start,
    async read(wanted) {
      return told(wanted, jobOf(wanted));
    },
    async stop(wanted) {
      const job = jobOf(wanted);
      job.abort.abort(new Stopped("it was stopped"));
      await job.over;
      return told(wanted, job);
    },
    async close() {
      for (const job of jobs.values()) {
        job.abort.abort(new Stopped("Wadi stops"));
        await job.over;
      }
    },
  };
}

function told(number: number, { request, replay, from, to, outcome }: Job): ReplayState {
  const { pipeline, into, gap } = request;
  const whole = distance(from, to);
  return {
    ...{ number, pipeline, gap: gap === true, from: positionText(from), to: positionText(to) },
    ...(into !== undefined && { into }),
    fraction: whole === 0 ? 1 : Math.min(1, distance(from, replay.place) / whole),
    ...replay.figures,
    ...outcome,
  };
}

const isOver = ({ state }: Outcome) => state !== "replaying" && state !== "promoting";

function checkRequest({ into, gap, promote: promotes, to }: ReplayRequest): void {
  if ((into === undefined) !== (gap === true)) {
    throw refused("into", "name the generation to fill (into), or ask for the gap (gap), one of the two");
  }
  if (promotes === true && into === undefined) throw refused("promote", "is of a generation (into)");
  if (promotes === true && to !== undefined && to !== "end") {
    throw refused("to", "must be the end where the generation is to be put in force: else it would lack the rest");
  }
}

function pipelineOf(pipelines: Pipelines, name: string): Pipeline {
  const pipeline = pipelines.get(name);
  if (pipeline !== undefined) return pipeline;
  throw new NotFoundError(
    `pipeline ${JSON.stringify(name)} is not deployed here${suggestion(name, [...pipelines.keys()])}`,
  );
}

function scoresOf(stored: StoredModel, pipeline: Pipeline | undefined) {
  const { generation, version } = stored;
  const { count, models } = figuresOf(stored, pipeline);
  return {
    ...{ generation, version, count },
    models: Object.fromEntries(models.map(({ name, metrics }) => [name, metrics])),
  };
}

function refused(field: string, problem: string): RejectedError {
  return new RejectedError("request", `body.${field} ${problem}`, [{ path: `body.${field}`, problem }]);
}
