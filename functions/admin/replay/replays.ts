// The replays of this process, one at a time: started, reported, stopped.

import { randomBytes } from "node:crypto";
import { type EventLog, type LogPosition, positionText } from "../../lib/broker/event-log.ts";
import { asError, BusyError, ConfigurationError, NotFoundError, UnsupportedError } from "../../lib/errors.ts";
import { GAP_REPLAYED } from "../../lib/lost-commits/watch.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import { systemRandom } from "../../lib/random.ts";
import type { ModelSets } from "../../lib/store/store.ts";
import type { ArchivePort, ReplayPort } from "../admin.ts";
import { pipelineNamed } from "../names.ts";
import type { ReplayRequest, Replay as ReplayState } from "../shapes/replays.ts";
import { acceptedOf } from "./intake.ts";
import { type PromotionDeps, promote } from "./promotion.ts";
import { openReplay, type Replay, type ReplayDeps } from "./replay.ts";
import { compareGenerations, type Outcome, reportOf } from "./report.ts";
import { checkRequest, rangeOf, whereInForce } from "./request.ts";
import { together } from "./together.ts";

export interface ReplaysOptions extends Omit<ReplayDeps, "retention"> {
  readonly pipelines: Pipelines;
  /** Absent where no archive is kept. */
  readonly archive?: Pick<ArchivePort, "history"> | undefined;
  /** The id of `log` where only this process has it. */
  readonly ownLog?: string | undefined;
}

export interface Replays extends ReplayPort {
  /** One runs. */
  isBusy(): boolean;
  /** Stops the replay that runs, and waits for its end. */
  close(): Promise<void>;
}

/** What every replay of a real process takes. */
export const replayDefaults = {
  revision: () => randomBytes(16).toString("hex"),
  random: systemRandom,
};

const MAX_KEPT = 20;

interface Job {
  readonly request: ReplayRequest;
  /** What is replayed. */
  readonly log: EventLog;
  readonly replay: Replay;
  readonly from: LogPosition;
  to: LogPosition;
  outcome: Outcome;
  readonly abort: AbortController;
  over: Promise<void>;
}

class Stopped extends Error {}

export function createReplays(options: ReplaysOptions): Replays {
  const { store, pipelines } = options;
  const jobs = new Map<number, Job>();
  let number = 0;

  function jobOf(wanted: number): Job {
    const job = jobs.get(wanted);
    if (job !== undefined) return job;
    throw new NotFoundError(`there is no replay ${wanted} in this process; the last ${MAX_KEPT} are remembered`);
  }

  function checkNoneRuns(): void {
    for (const [n, { request, outcome }] of jobs) {
      if (isOver(outcome)) continue;
      throw new BusyError("busy", `replay ${n} of ${request.pipeline} is under way: stop it, or wait for it`);
    }
  }

  async function start(request: ReplayRequest): Promise<ReplayState> {
    const pipeline = pipelineNamed(pipelines, request.pipeline);
    checkRequest(request);
    const { into } = request;
    const sets = await setsOf(store.models, pipeline.name);
    const inForce = await whereInForce(store.models, request, sets);
    const previous = await together(into === undefined ? [] : sets, (set) => store.models.previous(set));
    const hasLived = previous.some((generation) => generation === into);
    const log = request.fromArchive === true ? await historyOf(options, pipeline.name) : options.log;
    const { from, to } = await rangeOf(log, request).catch(refuseArchive);
    const retention = await store.retention.agreed();
    checkNoneRuns(); // from here to the new job nothing is waited for
    const intake = request.fromArchive === true ? acceptedOf(pipeline, options.clock) : undefined;
    const job: Job = {
      request,
      log,
      replay: openReplay({ ...options, log, retention }, { pipeline, from, intake, into, inForce, hasLived }),
      from,
      to,
      outcome: { state: "replaying", promoted: false },
      abort: new AbortController(),
      over: Promise.resolve(),
    };
    jobs.set(++number, job);
    const [oldest] = jobs.keys();
    if (jobs.size > MAX_KEPT && oldest !== undefined) jobs.delete(oldest);
    job.over = run(job);
    return reportOf(number, job);
  }

  async function run(job: Job): Promise<void> {
    const { request, replay, abort } = job;
    const { into } = request;
    try {
      await replay.advance(job.to, abort.signal);
      const sets = await compareGenerations(store.models, job, pipelines.get(request.pipeline));
      if (request.promote === true && into !== undefined) {
        job.outcome = { ...job.outcome, state: "promoting" };
        await promote(replay, into, promotionDeps({ ...options, log: job.log }, request.pipeline), abort.signal);
        job.to = replay.position;
      }
      job.outcome = { state: "done", promoted: request.promote === true, sets };
      if (request.gap === true) announceGapReplayed(job);
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

  /** Ends the alarm about the loss that the gap came from. */
  function announceGapReplayed({ request: { pipeline }, replay, from }: Job): void {
    const detail = `${replay.figures.read} events of the log, from ${positionText(from)} on, were fed again`;
    store.activity.append({ time: options.clock.now(), kind: GAP_REPLAYED, pipeline, detail });
  }

  return {
    isBusy: () => [...jobs.values()].some(({ outcome }) => !isOver(outcome)),
    start,
    async read(wanted) {
      return reportOf(wanted, jobOf(wanted));
    },
    async stop(wanted) {
      const job = jobOf(wanted);
      job.abort.abort(new Stopped("it was stopped"));
      await job.over;
      return reportOf(wanted, job);
    },
    async close() {
      for (const job of jobs.values()) {
        job.abort.abort(new Stopped("Wadi stops"));
        await job.over;
      }
    },
  };
}

/** @throws UnsupportedError where there is no archive, or it cannot be replayed here. */
async function historyOf({ archive }: ReplaysOptions, pipeline: string): Promise<EventLog> {
  if (archive !== undefined) return archive.history(pipeline).catch(refuseArchive);
  throw new UnsupportedError(
    "no-archive",
    "this Wadi keeps no archive to replay from; start it with --archive <folder> (on a cluster set archive.location of the chart), or leave out --from-archive: then the log is read",
  );
}

/** What is wrong with the archive is nothing that the request could mend. */
function refuseArchive(error: unknown): never {
  if (error instanceof ConfigurationError) throw new UnsupportedError("archive", error.message, { cause: error });
  throw error;
}

function promotionDeps({ log, store, clock, ownLog }: ReplaysOptions, pipeline: string): PromotionDeps {
  const { models, agreement } = store;
  return {
    log,
    models,
    clock,
    sets: () => setsOf(models, pipeline),
    otherLogs: {
      list: async () => (await agreement.logs()).filter(({ id }) => id !== ownLog),
      forgetting: agreement.forgettingLogs,
    },
  };
}

async function setsOf(models: ModelSets, pipeline: string): Promise<readonly string[]> {
  // Of all names that begin with the pipeline's own name, that name comes first.
  const [own] = await models.sets({ prefix: pipeline, limit: 1 });
  const values = await models.sets({ prefix: `${pipeline}/` });
  return own === pipeline ? [own, ...values] : values;
}

const isOver = ({ state }: Outcome) => state !== "replaying" && state !== "promoting";
