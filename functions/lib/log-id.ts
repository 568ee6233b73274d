// The id of the log in a data folder. Processes that share a store tell their logs apart by it.

import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asError, ConfigurationError } from "./errors.ts";

const ID = /^[0-9a-f-]{36}$/;

/** Makes the id at the first call. The folder must be locked. @throws ConfigurationError where it cannot be kept. */
export function keepLogId(dataFolder: string): string {
  return kept(dataFolder, () => readLogId(dataFolder) ?? writeLogId(dataFolder));
}

/** Another id in place of the one that was kept. The folder must be locked. @throws as `keepLogId`. */
export function renewLogId(dataFolder: string): string {
  return kept(dataFolder, () => writeLogId(dataFolder));
}

function writeLogId(dataFolder: string): string {
  const id = randomUUID();
  writeFileSync(join(dataFolder, "log-id"), `${id}\n`, { mode: 0o600 });
  return id;
}

function kept(dataFolder: string, work: () => string): string {
  try {
    return work();
  } catch (error) {
    const message = `${join(dataFolder, "log-id")} cannot be kept: ${asError(error).message}`;
    throw new ConfigurationError(message, { cause: error });
  }
}

/** Undefined when there is none, or one cut short by a crash: that one was never given to anybody. */
export function readLogId(dataFolder: string): string | undefined {
  try {
    const text = readFileSync(join(dataFolder, "log-id"), "utf8").trim();
    return ID.test(text) ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
