// What every command is given: where it writes, the environment, the time, and how it ends.

import type { Clock } from "../lib/clock.ts";
import type { Env } from "../lib/config.ts";
import type { ExitCode } from "./terminal/exit.ts";
import type { Terminal } from "./terminal/output.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  readonly env: Env;
  readonly clock: Clock;
  /** Asks who sits at the terminal; absent where nobody does. The answer is what was typed, undefined for Ctrl-D. */
  ask?(question: string): Promise<string | undefined>;
  /** What the process exits with once the command is over; 0 where nothing was said. */
  exitWith(code: ExitCode): void;
}

export const DEFAULT_PORT = 8080;
export const DEFAULT_ADMIN_PORT = 8090;
export const DEFAULT_URL = `http://127.0.0.1:${DEFAULT_PORT}/`;
