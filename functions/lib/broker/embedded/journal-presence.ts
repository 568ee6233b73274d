// Whether the journal is still where it was opened. A removed file can be written as long as it is open, but it is lost
// once it is closed: no event may be accepted into it.

import { statSync } from "node:fs";
import { UnavailableError } from "../../errors.ts";

export class JournalPresence {
  readonly #path: string;
  readonly #opened: string | undefined;
  #away: UnavailableError | undefined;

  /** `path` is open; one in memory is always there. */
  constructor(path: string) {
    this.#path = path;
    this.#opened = path === ":memory:" ? undefined : identityOf(path);
  }

  /** What the last look found. */
  get away(): UnavailableError | undefined {
    return this.#away;
  }

  look(): UnavailableError | undefined {
    if (this.#opened === undefined || identityOf(this.#path, this.#opened) === this.#opened) this.#away = undefined;
    else this.#away ??= takenAway(this.#path);
    return this.#away;
  }
}

/** `unknown` where the system does not tell: a folder that may no longer be read is no folder that went. */
function identityOf(path: string, unknown = ""): string {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? "none" : unknown;
  }
}

function takenAway(path: string): UnavailableError {
  const message = `the journal ${path} was taken away while it was open; restart Wadi on its data folder`;
  return new UnavailableError("journal-unavailable", message);
}
