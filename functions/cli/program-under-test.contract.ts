// The whole program in this process, with a terminal that remembers: for tests.

import { type Clock, systemClock } from "../lib/clock.ts";
import { runProgram } from "./program.ts";
import { recordedTerminal, type Screen } from "./terminal/recorded-output.contract.ts";

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** Without one it writes into pipes. */
  readonly screen?: Screen;
  readonly clock?: Clock;
  /** What is typed when a question comes. */
  readonly types?: string;
}

export async function run(args: readonly string[], surroundings: Surroundings = {}): Promise<Run> {
  const { env = {}, screen, clock = systemClock, types } = surroundings;
  const terminal = recordedTerminal(screen);
  const ask = async (question: string) => {
    terminal.err.write(question);
    return types;
  };
  const code = await runProgram(args, { terminal, env, clock, ...(types !== undefined && { ask }) });
  return { code, out: terminal.out.text(), err: terminal.err.text() };
}
