// Exit codes and error messages: one message with the cure; the stack only with --verbose.

import { asError, WadiError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { printable } from "./printable.ts";

export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Ctrl-C, as shells have it: 128 and the number of the signal. */
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export function exitCodeOf(thrown: unknown): ExitCode {
  return thrown instanceof UsageError ? ExitCode.usage : ExitCode.failed;
}

/** The text for people, one message with its cure; ends in a newline. */
export function explain(thrown: unknown, verbose: boolean): string {
  const error = asError(thrown);
  if (verbose) return `wadi: ${error.stack ?? error.message}${causesOf(error)}\n`;
  const foreseen = error instanceof UsageError || error instanceof FailedError || error instanceof WadiError;
  const hint = foreseen
    ? ""
    : "\nThis is an unexpected error. The same command with --verbose shows where it happened.";
  // It may quote a file, an event or an answer.
  const message = error.message.split("\n").map(printable).join("\n");
  return `wadi: ${message}${hint}\n`;
}

function causesOf(error: Error): string {
  let text = "";
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    text += `\ncaused by ${cause.stack ?? cause.message}`;
  }
  return text;
}
