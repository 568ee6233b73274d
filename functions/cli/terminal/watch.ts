// Shows something repeatedly: in place on a terminal, block by block in a pipe.

import type { Clock } from "../../lib/clock.ts";
import { pause } from "../../lib/pause.ts";
import { moment } from "../../lib/times.ts";
import type { Output } from "./output.ts";
import { startProgress } from "./progress.ts";

export interface WatchOptions {
  readonly read: () => Promise<readonly string[]>;
  readonly output: Output;
  readonly clock: Clock;
  /** Ends the watching. */
  readonly signal: AbortSignal;
  readonly everyMs: number;
  /** Writes only what was read, for a program. */
  readonly json: boolean;
}

/** Resolves once the signal aborts. @throws what `read` throws. */
export async function watchLines({ read, output, clock, signal, everyMs, json }: WatchOptions): Promise<void> {
  let lines = await read();
  if (output.interactive && !json) {
    // The cursor cannot go back above the top of the screen.
    const draw = () => lines.slice(0, Math.max(1, output.rows() - 1));
    const progress = startProgress({ output, clock, draw, plain: () => "", redrawMs: Math.min(250, everyMs) });
    try {
      for (;;) {
        await pause(everyMs, clock, signal);
        if (signal.aborted) return;
        lines = await read();
      }
    } finally {
      progress.end();
    }
  }
  for (let first = true; !signal.aborted; first = false) {
    if (!first) lines = await read();
    const head = json ? [] : [...(first ? [] : [""]), moment(clock.now())];
    output.write([...head, ...lines].map((line) => `${line}\n`).join(""));
    await pause(everyMs, clock, signal);
  }
}
