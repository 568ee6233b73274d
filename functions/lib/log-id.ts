// The id of the log in a data folder: those who share a store know each other's logs by it.

import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asError, ConfigurationError } from "./errors.ts";

const ID = /^[0-9a-f-]{36}$/;

/** Made at the first call. The folder must be locked. @throws ConfigurationError where it cannot be kept. */
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

/** Undefined where there is none, or one that was cut short by a crash: nobody has been told that. */
export function readLogId(dataFolder: string): string | undefined {
  try {
    const text = readFileSync(join(dataFolder, "log-id"), "utf8").trim();
    return ID.test(text) ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
