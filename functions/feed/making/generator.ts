// The generator of events of this process: one run at a time.

import { pipelineNamed } from "../../admin/names.ts";
import type { Generator, GeneratorRequest } from "../../admin/shapes/generator.ts";
import type { GeneratorPort, GeneratorTools } from "../../admin/tries/generator-port.ts";
import { refused } from "../../admin/tries/refused.ts";
import { BusyError, RejectedError } from "../../lib/errors.ts";
import { createValidate } from "../../validate/handler.ts";
import type { Door } from "./door.ts";
import { checkedRows } from "./first-rows.ts";
import { leastSquares, throughTwo } from "./fit.ts";
import { makers } from "./index.ts";
import { type Run, startRun } from "./run.ts";

export interface GeneratorOptions extends Pick<GeneratorTools, "pipelines" | "clock" | "predict"> {
  readonly door: Door;
}

export interface GeneratorHere extends GeneratorPort {
  /** Events are sent, or soon will be. */
  isBusy(): boolean;
  /** Stops what runs, and waits for its end. */
  close(): Promise<void>;
}

const IDLE: Generator = { state: "idle", rows: 0, observations: 0, labels: 0, refused: 0, waitingLabels: 0 };
/** What a line's rows lie between. */
const [LEFT, RIGHT] = [-1, 1];
const OPTIONS = ["line", "users", "file", "seed", "lateLabels"] as const;

export function createGenerator({ pipelines, clock, door, predict }: GeneratorOptions): GeneratorHere {
  const validate = createValidate({ pipelines, clock });
  let run: Run | undefined;
  /** While the first rows are checked. */
  let starting: { readonly abort: AbortController; readonly pipeline: string } | undefined;
  let closed = false;

  async function start(request: GeneratorRequest): Promise<Generator> {
    if (closed) throw new BusyError("busy", "this Wadi stops");
    const runs = starting?.pipeline ?? (run?.isOver() === false ? run.report().pipeline : undefined);
    if (runs !== undefined) throw new BusyError("busy", `the generator sends to ${runs} already: stop it first`);
    const abort = new AbortController();
    starting = { abort, pipeline: request.pipeline };
    try {
      const made = makerOf(request).make(request, {
        pipeline: pipelineNamed(pipelines, request.pipeline),
        signal: abort.signal,
      });
      const rows = await checkedRows(made, validate);
      if (abort.signal.aborted) {
        await rows.return(undefined);
        throw new BusyError("stopped", "it was stopped before anything was sent");
      }
      run = startRun({ request, made, rows, door, clock, abort });
    } finally {
      starting = undefined;
    }
    return read();
  }

  async function read(): Promise<Generator> {
    if (run === undefined) return IDLE;
    const { points = [], line, ...report } = run.report();
    if (line === undefined) return report;
    const batch = leastSquares(points);
    const online = await onlineFit(report.pipeline as string);
    return { ...report, line, points, fits: { ...(online && { online }), ...(batch && { batch }) } };
  }

  /** Undefined where the model has none, or cannot be asked: the store may be away. */
  async function onlineFit(name: string) {
    try {
      const [left, right] = await Promise.all([LEFT, RIGHT].map(async (x) => (await predict(name, { x })).value));
      return throughTwo([LEFT, left], [RIGHT, right]);
    } catch {
      return undefined;
    }
  }

  async function stop(): Promise<void> {
    starting?.abort.abort();
    await run?.stop();
  }

  return {
    isBusy: () => starting !== undefined || run?.isOver() === false,
    read,
    start,
    async turn(turn) {
      if (run === undefined || run.isOver()) throw new RejectedError("not-running", "no generator runs: start one");
      run.turn(turn);
      return read();
    },
    async stop() {
      await stop();
      return read();
    },
    async close() {
      closed = true;
      await stop();
    },
  };
}

/** @throws RejectedError for one that is not there, or for what it does not take. */
function makerOf(request: GeneratorRequest) {
  const { from } = request;
  const maker = Object.hasOwn(makers, from) ? makers[from] : undefined;
  if (maker === undefined)
    throw refused("body.from", `${from} is not there yet: use one of ${Object.keys(makers).join(", ")}`);
  const other = OPTIONS.find((name) => request[name] !== undefined && !maker.takes.includes(name));
  if (other !== undefined) throw refused(`body.${other}`, `is not for ${from}: leave it out`);
  return maker;
}
