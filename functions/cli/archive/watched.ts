// Work on an archive that may take long: a bar on a terminal, and Ctrl-C, which ends it where it can be ended.

import { UNWATCHED, type Watch } from "../../archive/watch.ts";
import { count, duration, percent } from "../../lib/figures.ts";
import type { CommandContext } from "../context.ts";
import type { ExitCode } from "../terminal/exit.ts";
import { catchInterrupt } from "../terminal/interrupt.ts";
import { bar, startProgress } from "../terminal/progress.ts";

export interface Work {
  /** Of the steps, for people: `files looked through`. */
  readonly steps: string;
  /** Told at Ctrl-C. */
  readonly stopping: string;
  /** No bar: on `--json`, or where what is written is on the terminal itself. */
  readonly quiet?: boolean;
}

export interface Watched<T> {
  /** Undefined where it was ended with nothing to tell. */
  readonly done: T | undefined;
  /** The exit code after Ctrl-C. */
  readonly interrupted: ExitCode | undefined;
}

/** @throws what `work` throws, but for the end that Ctrl-C asked for. */
export async function watched<T>(
  { terminal: { err }, clock }: CommandContext,
  { steps, stopping, quiet = false }: Work,
  work: (watch: Watch) => Promise<T>,
): Promise<Watched<T>> {
  const begun = clock.now();
  let [now, of] = [0, 0];
  const figures = () =>
    of === 0
      ? "looking what is there"
      : `${percent(now, of)}: ${count(now)} of ${count(of)} ${steps}, ${duration(clock.now() - begun)}`;
  const draw = (columns: number) => [bar(of === 0 ? 0 : now / of, Math.min(60, columns), err), figures()];
  const progress = err.interactive && !quiet ? startProgress({ output: err, clock, draw, plain: figures }) : undefined;
  const interrupt = catchInterrupt(() => {
    if (progress === undefined) err.write(`${stopping}\n`);
    else progress.note(stopping);
  });
  const { signal } = interrupt;
  const step: Watch["step"] = (done, total) => {
    [now, of] = [done, total];
  };
  try {
    const done = await work({ ...UNWATCHED, step, signal });
    return { done, interrupted: signal.aborted ? interrupt.exitCode() : undefined };
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return { done: undefined, interrupted: interrupt.exitCode() };
  } finally {
    progress?.clear();
    interrupt.dispose();
  }
}
