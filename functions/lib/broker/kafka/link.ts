// Whether Kafka can be reached. After a failure it counts as away until a look succeeds, and nothing else waits for it.

import type { UnavailableError } from "../../errors.ts";
import type { Log } from "../../telemetry/log.ts";

const LOOK_MS = 300;

export class Link {
  readonly #look: () => Promise<unknown>;
  readonly #log: Log;
  readonly #back: () => void;
  #away: UnavailableError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `look` asks Kafka something; `back` is called when it answers again. */
  constructor(look: () => Promise<unknown>, log: Log, back: () => void) {
    this.#look = look;
    this.#log = log;
    this.#back = back;
  }

  get away(): UnavailableError | undefined {
    return this.#away;
  }

  lost(error: UnavailableError): void {
    if (this.#away === undefined) this.#log.error({ code: error.code }, error.message);
    this.#away = error;
    this.#lookLater();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(async () => {
      const there = await this.#look().then(
        () => true,
        () => false,
      );
      this.#timer = undefined;
      if (this.#closed) return;
      if (there) this.#found();
      else this.#lookLater();
    }, LOOK_MS);
  }

  #found(): void {
    if (this.#away === undefined) return;
    this.#away = undefined;
    this.#log.info({}, "Kafka answers again");
    this.#back();
  }
}
