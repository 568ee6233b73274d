// One run of `wadi emit`: sends the events and reports what became of them.

import { withLateLabels } from "../../feed/late-labels.ts";
import { sendEvents } from "../../feed/sender.ts";
import { atSpeed } from "../../feed/speed.ts";
import { asError } from "../../lib/errors.ts";
import { writeStructured } from "../../lib/events/structured.ts";
import { UsageError } from "../../lib/failure.ts";
import { createPace, pause } from "../../lib/pause.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { printable, printableJson } from "../terminal/printable.ts";
import { type Progress, startProgress } from "../terminal/progress.ts";
import { avroOf } from "./avro.ts";
import { countKnown } from "./known.ts";
import { adminBehind, targetOf } from "./known-pipelines.ts";
import type { EmitPlan } from "./options.ts";
import { createEmitProgress } from "./progress.ts";
import { type Askable, knownLine, nextSteps, resultOf, summary } from "./report.ts";
import { type EmitRows, openEmitRows } from "./rows.ts";
import { createTally, type Tally } from "./tally.ts";

/** @throws UsageError, FailedError: why it stopped early, after what was done is reported. */
export async function runEmit(plan: EmitPlan, context: CommandContext): Promise<void> {
  const { err } = context.terminal;
  const notes = { write: (line: string): void => err.write(`${printable(line)}\n`) };
  const interrupt = catchInterrupt(() => notes.write("Stopping; Ctrl-C again ends at once."));
  try {
    const run = { plan, context, notes, signal: interrupt.signal, tally: createTally() };
    const sound = plan.dryRun ? await print(run) : await send(run);
    if (interrupt.signal.aborted) context.exitWith(interrupt.exitCode());
    else context.exitWith(sound ? ExitCode.done : ExitCode.failed);
  } finally {
    interrupt.dispose();
  }
}

interface Run {
  readonly plan: EmitPlan;
  readonly context: CommandContext;
  /** Lines for people, above the progress while there is one. */
  readonly notes: { write(line: string): void };
  readonly signal: AbortSignal;
  readonly tally: Tally;
}

/** Whether every row was sent and taken. */
async function send(run: Run): Promise<boolean> {
  const { plan, context, notes, signal, tally } = run;
  const { clock, terminal } = context;
  const rows = await open(run);
  const known = plan.json ? undefined : await countKnown(plan, clock);
  const begun = clock.now();
  const elapsed = () => clock.now() - begun;
  const progress = plan.json ? undefined : startEmitProgress(run, rows, elapsed);
  let failure: unknown;
  try {
    const events = withLateLabels(rows.examples);
    const speed = plan.input.kind === "app-sessions" ? plan.input.speed : undefined;
    await sendEvents(speed === undefined ? events : atSpeed(events, speed, clock, signal), {
      url: plan.url,
      ...(plan.concurrency === undefined ? {} : { limit: plan.concurrency }),
      clock,
      signal,
      ready: createPace(plan.rate, clock, signal),
      setOut: tally.setOut,
      accepted: tally.accept,
      refused(outgoing, reason) {
        const kept = tally.refuse(outgoing, reason);
        if (kept !== undefined && !plan.json) notes.write(`refused: ${kept.type} ${kept.id}: ${kept.reason}`);
      },
      waiting: (reason) => notes.write(`waiting for ${plan.url}: ${reason}`),
    });
  } catch (error) {
    // A failure after Ctrl-C is not reported.
    if (!signal.aborted) failure = error;
  }
  const result = resultOf(plan, tally, {
    outcome: signal.aborted ? "interrupted" : failure === undefined ? "done" : "failed",
    ...(failure === undefined ? {} : { error: asError(failure).message }),
    ms: elapsed(),
  });
  const nothingDone = failure !== undefined && result.accepted === 0;
  if (nothingDone) progress?.clear();
  else progress?.end();
  const { out } = terminal;
  if (plan.json && !(failure instanceof UsageError)) out.write(`${printableJson(JSON.stringify(result))}\n`);
  if (!plan.json && !nothingDone) {
    const write = (lines: readonly string[]) => out.write(lines.map((line) => `${line}\n`).join(""));
    write(summary(plan, result, out));
    if (result.accepted > 0) {
      const before = result.outcome === "done" ? await known?.count(signal, tally.counts) : undefined;
      write(knownLine(before, plan, out));
      write(["", ...nextSteps(plan, await askable(run, tally.firstRecord), out)]);
    }
  }
  if (failure !== undefined) throw failure;
  return result.skipped === 0 && result.refused === 0;
}

/** A question for the models, from the first row without its truth, and whether the Wadi runs here. */
async function askable({ plan, context }: Run, record: unknown): Promise<Askable> {
  const { pipeline } = plan.examples;
  const here = (await adminBehind(plan.url, context)) !== undefined;
  if (plan.input.kind === "line") return { here, record: { x: 0.5 } };
  const target = pipeline === undefined ? undefined : await targetOf(pipeline, plan.url, context);
  if (target === undefined || typeof record !== "object" || record === null) return { here };
  return { here, record: Object.fromEntries(Object.entries(record).filter(([name]) => name !== target)) };
}

function startEmitProgress({ plan, context, notes, tally }: Run, rows: EmitRows, elapsed: () => number): Progress {
  const { err } = context.terminal;
  const shown = createEmitProgress(plan, tally, rows.reading);
  const progress = startProgress({
    output: err,
    clock: context.clock,
    draw: (columns) => shown.draw(err, columns, elapsed()),
    plain: () => shown.plain(elapsed()),
  });
  notes.write = (line) => progress.note(printable(line));
  return progress;
}

/** The events as they would be sent, each in CloudEvents' JSON format. */
async function print(run: Run): Promise<boolean> {
  const { context, signal, tally } = run;
  const rows = await open(run);
  let printed = 0;
  for await (const { event } of withLateLabels(rows.examples)) {
    if (signal.aborted) break;
    context.terminal.out.write(`${printableJson(writeStructured(event))}\n`);
    // Ctrl-C must be heard.
    if (++printed % 500 === 0) await pause(0, context.clock, signal);
  }
  return tally.counts.skipped === 0;
}

async function open({ plan, context, notes, signal, tally }: Run): Promise<EmitRows> {
  const inAvro = plan.avro ? await avroOf(plan.examples.pipeline, plan.url, context) : undefined;
  const rows = await openEmitRows(plan, {
    signal,
    ...(inAvro && { inAvro }),
    row: tally.row,
    example: tally.example,
    note: (line) => {
      if (!plan.json) notes.write(line);
    },
    skipped(row, reason) {
      const kept = tally.skip(row, reason);
      if (kept === undefined || plan.json) return;
      notes.write(`skipped: ${kept.line === undefined ? `row ${kept.row}` : `line ${kept.line}`}: ${kept.reason}`);
    },
  });
  if (rows.typed) notes.write("Reading what is typed here; Ctrl-D ends it.");
  return rows;
}
