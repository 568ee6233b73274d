// Structured logs: one JSON object a line on standard error. Standard output belongs to what a command prints.

import { type DestinationStream, pino } from "pino";
import { ConfigurationError } from "../errors.ts";
import { LOG_LEVELS } from "./log-level.ts";

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** @throws ConfigurationError for an unknown level. */
export function createLog(level: string, name: string, destination?: DestinationStream): Log {
  if (!LOG_LEVELS.some((known) => known === level)) {
    throw new ConfigurationError(`log level ${JSON.stringify(level)} is unknown; take one of ${LOG_LEVELS.join(", ")}`);
  }
  const options = {
    level,
    base: { name },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? pino.destination({ fd: 2, sync: true }));
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
