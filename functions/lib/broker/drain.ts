// The end of a broker that stops: it waits until nothing is under way any more, but not for ever.

import type { Clock } from "../clock.ts";

export class Drain {
  #look = () => {};

  /** Something came to rest, so everything may have. */
  look(): void {
    this.#look();
  }

  /** Resolves at the first look at which `isIdle`, or after `graceMs`. */
  async wait(isIdle: () => boolean, clock: Clock, graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = clock.after(graceMs, resolve);
      this.#look = () => {
        if (!isIdle()) return;
        cancel();
        resolve();
      };
    });
    this.#look = () => {};
  }
}
