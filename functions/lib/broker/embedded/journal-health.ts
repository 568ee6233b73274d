// Whether the journal takes what is written. People are told once that it does not, and once that it does again.

import type { UnavailableError } from "../../errors.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Journal } from "./journal.ts";

export class JournalHealth {
  readonly #journal: Journal;
  readonly #log: Log;
  readonly #onBack: () => void;
  /** From a write that failed until one succeeds. */
  #failing: UnavailableError | undefined;

  /** `onBack` is called when a look finds the file where it was, after it had been away. */
  constructor(journal: Journal, log: Log, onBack: () => void) {
    this.#journal = journal;
    this.#log = log;
    this.#onBack = onBack;
  }

  writeFailed(error: UnavailableError): void {
    if (this.#failing === undefined) this.#log.error({ err: error }, error.message);
    this.#failing = error;
  }

  writeSucceeded(): void {
    if (this.#failing !== undefined) this.#log.info({}, "the journal can be written again");
    this.#failing = undefined;
  }

  /** Asks the file system whether the journal is where it was. */
  look(): UnavailableError | undefined {
    const before = this.#journal.away;
    const away = this.#journal.look();
    if (away === before) return away;
    if (away === undefined) this.#onBack();
    else {
      this.#failing = undefined; // this error is told, too
      this.writeFailed(away);
    }
    return away;
  }

  /** @throws UnavailableError while the journal takes nothing. */
  check(): void {
    const error = this.look() ?? this.#failing;
    if (error !== undefined) throw error;
  }
}
