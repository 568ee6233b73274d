// Shows progress: redrawn in place on a terminal, a plain line now and then in a pipe.

import type { Clock } from "../../lib/clock.ts";
import type { Output } from "./output.ts";
import { cut } from "./table.ts";

export interface ProgressOptions {
  readonly output: Output;
  readonly clock: Clock;
  /** The lines to show now, at most `columns` wide. */
  draw(columns: number): readonly string[];
  /** The same in one line for a pipe. */
  plain(): string;
  /** Default 100. */
  readonly redrawMs?: number;
  /** Default 2000. */
  readonly plainMs?: number;
}

export interface Progress {
  /** A line that stays, above what is redrawn. */
  note(line: string): void;
  /** Shows the last state, which stays. */
  end(): void;
  /** Erases it. */
  clear(): void;
}

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[0J";
const CLEAR_LINE_END = "\x1b[K";

export function startProgress(options: ProgressOptions): Progress {
  return options.output.interactive ? redrawn(options) : plainLines(options);
}

function redrawn({ output, clock, draw, redrawMs = 100 }: ProgressOptions): Progress {
  let shown = 0;
  // However the process ends, the cursor comes back.
  const restore = () => output.write(SHOW_CURSOR);
  process.once("exit", restore);
  output.write(HIDE_CURSOR);

  const back = () => (shown === 0 ? "" : `\x1b[${shown}A\r`);
  const show = () => {
    // A wrapped line would make the cursor go back too few lines.
    const lines = draw(output.columns() - 1).map((line) => cut(line, output.columns() - 1));
    output.write(back() + lines.map((line) => `${line}${CLEAR_LINE_END}\n`).join("") + CLEAR_BELOW);
    shown = lines.length;
  };
  let cancel = () => {};
  const again = () => {
    show();
    cancel = clock.after(redrawMs, again);
  };
  again();

  return {
    note(line) {
      output.write(`${back()}${CLEAR_BELOW}${line}\n`);
      shown = 0;
      show();
    },
    end() {
      cancel();
      show();
      process.off("exit", restore);
      restore();
    },
    clear() {
      cancel();
      output.write(back() + CLEAR_BELOW);
      process.off("exit", restore);
      restore();
    },
  };
}

function plainLines({ output, clock, plain, plainMs = 2000 }: ProgressOptions): Progress {
  let cancel = () => {};
  const again = () => {
    cancel = clock.after(plainMs, () => {
      output.write(`${plain()}\n`);
      again();
    });
  };
  again();
  return {
    note: (line) => output.write(`${line}\n`),
    end() {
      cancel();
      output.write(`${plain()}\n`);
    },
    clear: () => cancel(),
  };
}

/** A bar of `columns` signs, `fraction` of it full. */
export function bar(fraction: number, columns: number, { palette, signs }: Output): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * columns);
  return palette.accent(signs.full.repeat(full)) + palette.quiet(signs.empty.repeat(columns - full));
}
