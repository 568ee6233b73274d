// One run of `wadi learn`: rows of a file go through the models of a pipeline, and the scores are told.

import { setImmediate } from "node:timers/promises";
import { asError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";
import { tasks } from "../../lib/learners/task.ts";
import type { CommandContext } from "../context.ts";
import { openFileRows } from "../rows/file-rows.ts";
import { misfitLines } from "../rows/misfit.ts";
import { ExitCode } from "../terminal/exit.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { type Checkpoint, nextCheckpoint } from "./checkpoints.ts";
import { type Example, type ExampleSource, examplesOf, type Refused } from "./examples.ts";
import { createSets } from "./model-sets.ts";
import type { LearnPlan } from "./options.ts";
import { openOutputs } from "./outputs.ts";
import { type Change, type LearnResult, modelResults, servingOf } from "./result.ts";
import { createScoreBook } from "./scores.ts";
import { createTally } from "./tally.ts";
import { createTrial } from "./trial.ts";
import { createView } from "./view.ts";

/** Where so many rows were refused and none was taken, the file is of another shape. */
const MOST_MISFITS = 1000;
/** How long the process may be deaf to Ctrl-C. */
const DEAF_MS = 50;
/** Of those in `--json`. */
const MOST_KEPT = 10_000;

/** @throws UsageError, FailedError: why it stopped early, after what was learned is told. */
export async function runLearn(plan: LearnPlan, context: CommandContext): Promise<void> {
  const view = createView(plan, context);
  const outputs = openOutputs(plan, context.terminal);
  const interrupt = catchInterrupt(() => view.note("Stopping; Ctrl-C again ends at once."));
  try {
    for (const note of plan.notes) view.note(note);
    const { signal } = interrupt;
    const source = await openSource(plan, context, signal, view.note);
    if (source.typed) view.note("Reading what is typed here; Ctrl-D ends it.");
    const { result, failure } = await learnFrom(source, plan, context, view, outputs.predicted, signal);
    outputs.keep(result);
    view.end(result);
    if (failure !== undefined) throw failure;
    context.exitWith(signal.aborted ? interrupt.exitCode() : ExitCode.done);
  } catch (error) {
    view.clear();
    throw error;
  } finally {
    outputs.drop();
    interrupt.dispose();
  }
}

async function openSource(
  { input, pipeline, read }: LearnPlan,
  context: CommandContext,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<ExampleSource> {
  if (input.format === "archive") {
    // Loaded only where it is wanted.
    const { openArchivedExamples } = await import("./archived.ts");
    return openArchivedExamples(input, pipeline, context, signal);
  }
  const flags = { late: "--delay", target: "--delay" };
  return examplesOf(await openFileRows(input, read, { signal, flags, note }), pipeline, read);
}

interface Ended {
  readonly result: LearnResult;
  /** Why it stopped early, where something was learned before. */
  readonly failure?: unknown;
}

async function learnFrom(
  source: ExampleSource,
  plan: LearnPlan,
  { clock }: CommandContext,
  view: ReturnType<typeof createView>,
  predicted: ReturnType<typeof openOutputs>["predicted"],
  signal: AbortSignal,
): Promise<Ended> {
  const { pipeline, every } = plan;
  const begun = clock.now();
  const seconds = () => (clock.now() - begun) / 1000;
  const sets = createSets(pipeline);
  const book = createScoreBook(pipeline, sets);
  const tally = createTally();
  const checkpoints: Checkpoint[] = [];
  const changes: Change[] = [];
  const missed: Record<string, { skipped: number; leftOut: number }> = {};
  let told = 0;
  let checkpointed = 0;
  let changed = 0;
  let next = nextCheckpoint(0, every);

  function refuse(row: Refused): void {
    const { given } = row;
    if (plan.check && tally.taken === 0 && tally.refused === 0 && given !== undefined) {
      throw new FailedError(misfitText(row, given, plan, source));
    }
    const kept = tally.refuse(row);
    if (kept !== undefined) view.refused(kept);
    if (tally.taken === 0 && tally.refused >= MOST_MISFITS) throw new FailedError(noneFits(tally.refusedBy));
  }

  const trial = createTrial(
    sets,
    tasks[pipeline.task].learns,
    {
      predicted,
      scored: book.add,
      refused: refuse,
      missed(skipped, leftOut) {
        for (const [model, times] of Object.entries(skipped)) of(model).skipped += times;
        for (const [model, times] of Object.entries(leftOut)) of(model).leftOut += times;
      },
      learned(n) {
        if (n >= next) checkpoint(n);
      },
      changed(change, set, n) {
        changed++;
        if (changes.length < MOST_KEPT) changes.push({ ...change, n, set });
      },
    },
    (learned) => next - learned,
  );
  const of = (model: string) => {
    missed[model] ??= { skipped: 0, leftOut: 0 };
    return missed[model];
  };

  function checkpoint(n: number): void {
    const scores = book.scores();
    const main = Object.entries(scores).map(([model, metrics]) => [model, metrics[book.main.name] ?? 0]);
    const point = {
      ...{ n, seconds: seconds(), stateBytes: sets.stateBytes() },
      ...{ memoryBytes: process.memoryUsage.rss(), scores: Object.fromEntries(main) },
    };
    checkpointed++;
    if (checkpoints.length < MOST_KEPT) checkpoints.push(point);
    view.checkpoint(point, book.main.name);
    told = n;
    next = nextCheckpoint(n, every);
  }

  function take(seen: Example): Promise<void> | void {
    tally.rows++;
    if ("reason" in seen) return refuse(seen);
    tally.taken++;
    if (seen.y === undefined && tasks[pipeline.task].learns === "labels") tally.unlabelled++;
    return trial.take(seen);
  }

  async function takeAll(): Promise<void> {
    let heard = clock.now();
    for await (const rows of source.pieces) {
      for (const row of rows) {
        if (signal.aborted) return;
        // Most rows are only put in a group, and nothing is waited for.
        const learning = take(row);
        if (learning !== undefined) await learning;
        if (tally.rows % 16 === 0 && clock.now() - heard > DEAF_MS) {
          await setImmediate();
          heard = clock.now();
        }
        if (tally.rows >= plan.limit) return;
      }
    }
  }

  view.begin(source.reading, () => ({ rows: tally.rows, refused: tally.refused, seconds: seconds() }));
  let failure: unknown;
  try {
    await takeAll();
    await (signal.aborted ? trial.flush() : trial.end());
  } catch (error) {
    if (trial.learned === 0) throw error;
    failure = error;
  }
  if (trial.learned > told) checkpoint(trial.learned);
  const took = seconds();
  const outcome = failure !== undefined ? "failed" : signal.aborted ? "interrupted" : "done";
  const result: LearnResult = {
    outcome,
    ...(failure !== undefined && { error: asError(failure).message }),
    ...{ file: plan.input.path, pipeline: pipeline.name, task: pipeline.task },
    ...(plan.delay !== undefined && { delay: plan.delay }),
    ...{ rows: tally.rows, learned: trial.learned, unlabelled: tally.unlabelled },
    ...{ refused: tally.refused, refusedBy: tally.refusedBy, firstRefused: tally.firstRefused },
    ...{ seconds: took, rowsPerSecond: took > 0 ? Math.round(tally.rows / took) : 0, stateBytes: sets.stateBytes() },
    ...{ metric: book.main.name, better: book.main.better },
    models: modelResults(pipeline, book.scores(), missed),
    sets: sets.all().size,
    serve: { ...servingOf(pipeline, sets.all()), changes, moreChanges: changed - changes.length },
    ...{ checkpoints, moreCheckpoints: checkpointed - checkpoints.length },
    rolling: book.curve(),
  };
  return failure === undefined ? { result } : { result, failure };
}

function misfitText(
  row: Refused,
  given: NonNullable<Refused["given"]>,
  plan: LearnPlan,
  source: ExampleSource,
): string {
  const rejection = { message: row.why, fields: given.fields };
  return [
    "nothing was learned, for the pipeline does not take the first row:",
    ...misfitLines({ data: given.data, rejection, plan: plan.read, spoilt: source.spoilt() }),
    "--no-check goes on all the same: what is not taken is counted",
  ].join("\n");
}

function noneFits(refusedBy: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(refusedBy).map(([reason, times]) => `${times} ${reason}`);
  return `none of the first ${MOST_MISFITS} rows was taken (${reasons.join(", ")}): is this the file of that pipeline?`;
}
