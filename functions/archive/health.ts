// Whether the archive takes what is written. People are told once that it does not, and once that it does again.

import type { Log } from "../lib/telemetry/log.ts";

export class ArchiveHealth {
  readonly #log: Log;
  #failing: Error | undefined;
  #failures = 0;
  #missed = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** What keeps it from being written, with the cure. */
  get failing(): Error | undefined {
    return this.#failing;
  }

  /** One after another. */
  get failures(): number {
    return this.#failures;
  }

  /** Places in the log of which events were gone before they could be read. */
  get missed(): number {
    return this.#missed;
  }

  failed(error: Error): void {
    if (this.#failing === undefined) {
      this.#log.error(
        { err: error },
        `nothing is archived: ${error.message}. Events are taken all the same, and stay in the log until they are archived`,
      );
    }
    this.#failing = error;
    this.#failures++;
  }

  well(): void {
    if (this.#failing !== undefined) this.#log.info({}, "the archive is written again");
    this.#failing = undefined;
    this.#failures = 0;
  }

  found(missed: number): void {
    if (missed === 0 || missed === this.#missed) return;
    this.#missed = missed;
    this.#log.warn(
      { missed },
      "the log had let go of events before they were archived: it was too short for the time in which nothing was archived",
    );
  }
}
