// Structured logs: one JSON object a line on standard error. Standard output belongs to what a command prints.
//
// Our own: a library for it was a twelfth of a cold start, and 1 MB of memory, for a few lines in the life of a function.

import { writeSync } from "node:fs";
import { asError, ConfigurationError } from "../errors.ts";
import { LOG_LEVELS, type LogLevel } from "./log-level.ts";

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Takes whole lines. */
export interface LogDestination {
  write(line: string): void;
}

const STANDARD_ERROR = 2;
/** How long a full pipe is waited for before the next try. */
const PIPE_IS_FULL_MS = 5;

/** @throws ConfigurationError for an unknown level. */
export function createLog(level: string, name: string, destination: LogDestination = standardError): Log {
  const least = LOG_LEVELS.indexOf(level as LogLevel);
  if (least < 0) {
    throw new ConfigurationError(`log level ${JSON.stringify(level)} is unknown; take one of ${LOG_LEVELS.join(", ")}`);
  }
  const at = (own: keyof Log) => {
    if (LOG_LEVELS.indexOf(own) < least) return () => {};
    return (fields: LogFields, msg: string) => {
      const line = { level: own, time: new Date().toISOString(), name, ...fields, msg };
      destination.write(`${asJson(line)}\n`);
    };
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function asJson(line: LogFields): string {
  try {
    return JSON.stringify(line, plain);
  } catch (error) {
    // A field holds itself, or throws when it is read: what it says is better told roughly than not at all.
    const { level, time, name, msg, ...fields } = line;
    // Only here: node:util brings worker threads with it.
    const { inspect } = process.getBuiltinModule("node:util");
    return JSON.stringify({ level, time, name, fields: inspect(fields), unreadable: asError(error).message, msg });
  }
}

function plain(_: string, value: unknown): unknown {
  if (value instanceof Error) return errorFields(value);
  return typeof value === "bigint" ? String(value) : value;
}

/** `message` and `stack` tell the causes, too; whatever else the error has, such as a code, stands beside them. */
function errorFields(error: Error): LogFields {
  const chain = causes(error);
  return {
    ...error,
    cause: undefined,
    type: error.constructor.name,
    message: chain.map(({ message }) => message).join(": "),
    stack: chain.map(({ stack, message }) => stack ?? message).join("\ncaused by: "),
  };
}

function causes(error: Error): readonly Error[] {
  const chain = new Set<Error>();
  for (let next: unknown = error; next instanceof Error && !chain.has(next); next = next.cause) chain.add(next);
  return [...chain];
}

/** Before the next statement: what a process said before it died is there. */
const standardError: LogDestination = {
  write(line) {
    let rest = Buffer.from(line);
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(STANDARD_ERROR, rest));
      } catch (error) {
        // Where nobody reads it any more there is no other place to say so.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_IS_FULL_MS);
      }
    }
  },
};

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
