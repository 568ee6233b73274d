// What every command gets: its terminal, the environment, the clock, and how it sets the exit code.

import type { Clock } from "../lib/clock.ts";
import type { Env } from "../lib/config.ts";
import type { ExitCode } from "./terminal/exit.ts";
import type { Terminal } from "./terminal/output.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  readonly env: Env;
  readonly clock: Clock;
  /** Asks the person at the terminal; absent where there is none. Resolves with what was typed, undefined for Ctrl-D. */
  ask?(question: string): Promise<string | undefined>;
  /** Sets the exit code of the process; 0 where it is not called. */
  exitWith(code: ExitCode): void;
}

export const DEFAULT_PORT = 8080;
export const DEFAULT_ADMIN_PORT = 8090;
export const DEFAULT_URL = `http://127.0.0.1:${DEFAULT_PORT}/`;
