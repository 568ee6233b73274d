// One run of `wadi emit`: the events set out, and it is told what became of them.

import { asError } from "../lib/errors.ts";
import type { CommandContext } from "./context.ts";
import type { EmitPlan } from "./emit-options.ts";
import { createEmitProgress } from "./emit-progress.ts";
import { nextSteps, resultOf, summary } from "./emit-report.ts";
import { type EmitRows, openEmitRows } from "./emit-rows.ts";
import { createTally, type Tally } from "./emit-tally.ts";
import { ExitCode, UsageError } from "./exit.ts";
import { catchInterrupt } from "./interrupt.ts";
import { withLateLabels } from "./late-labels.ts";
import { createPace, pause } from "./pause.ts";
import { type Progress, startProgress } from "./progress.ts";
import { sendEvents } from "./sender.ts";

/** @throws UsageError, FailedError: what ended it before its end, once all that was done is reported. */
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
  const begun = clock.now();
  const elapsed = () => clock.now() - begun;
  const progress = plan.json ? undefined : startEmitProgress(run, rows, elapsed);
  let record: unknown;
  let failure: unknown;
  try {
    await sendEvents(withLateLabels(rows.examples), {
      url: plan.url,
      limit: plan.concurrency,
      clock,
      signal,
      ready: createPace(plan.rate, clock, signal),
      setOut(outgoing) {
        record ??= outgoing.event.data;
        tally.setOut();
      },
      accepted: tally.accept,
      refused(outgoing, reason) {
        const kept = tally.refuse(outgoing, reason);
        if (kept !== undefined && !plan.json) notes.write(`refused: ${kept.type} ${kept.id}: ${kept.reason}`);
      },
      waiting: (reason) => notes.write(`waiting for ${plan.url}: ${reason}`),
    });
  } catch (error) {
    // What Ctrl-C cut off is no failure.
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
  if (plan.json && !(failure instanceof UsageError)) out.write(`${JSON.stringify(result)}\n`);
  if (!plan.json && !nothingDone) {
    const lines = [
      ...summary(plan, result, out),
      ...(result.accepted === 0 ? [] : ["", ...nextSteps(plan, record, out)]),
    ];
    out.write(lines.map((line) => `${line}\n`).join(""));
  }
  if (failure !== undefined) throw failure;
  return result.skipped === 0 && result.refused === 0;
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
    context.terminal.out.write(`${JSON.stringify(event)}\n`);
    // Ctrl-C must be heard.
    if (++printed % 500 === 0) await pause(0, context.clock, signal);
  }
  return tally.counts.skipped === 0;
}

async function open({ plan, notes, signal, tally }: Run): Promise<EmitRows> {
  const rows = await openEmitRows(plan, {
    signal,
    row: tally.row,
    skipped(row, reason) {
      const kept = tally.skip(row, reason);
      if (kept === undefined || plan.json) return;
      notes.write(`skipped: ${kept.line === undefined ? `row ${kept.row}` : `line ${kept.line}`}: ${kept.reason}`);
    },
  });
  if (rows.typed) notes.write("Reading what is typed here; Ctrl-D ends it.");
  return rows;
}

/** What came from a file or over the net must not steer the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what steers
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}
