// The id of the log in a data folder. Processes that share a store tell their logs apart by it.

import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asError, ConfigurationError } from "./errors.ts";

const ID = /^[0-9a-f-]{36}$/;

/** Makes the id at the first call. The folder must be locked. @throws ConfigurationError where it cannot be kept. */
export function keepLogId(dataFolder: string): string {
  const path = join(dataFolder, "log-id");
  try {
    const kept = readLogId(dataFolder);
    if (kept !== undefined) return kept;
    const id = randomUUID();
    writeFileSync(path, `${id}\n`, { mode: 0o600 });
    return id;
  } catch (error) {
    throw new ConfigurationError(`${path} cannot be kept: ${asError(error).message}`, { cause: error });
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
