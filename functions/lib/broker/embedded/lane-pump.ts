// Lets the lanes hand out what they may. One that cannot read the journal rests for a moment, and the others go on.

import type { Clock } from "../../clock.ts";
import { asError } from "../../errors.ts";
import type { Log } from "../../telemetry/log.ts";
import { LOG_PAUSE_MS } from "../lane.ts";
import type { Lane } from "./ledger.ts";

export class LanePump {
  readonly #lanes: readonly Lane[];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onRested: () => void;
  readonly #resting = new Set<Lane>();

  /** `onRested`: a lane that rested may be pumped again. */
  constructor(lanes: readonly Lane[], clock: Clock, log: Log, onRested: () => void) {
    this.#lanes = lanes;
    this.#clock = clock;
    this.#log = log;
    this.#onRested = onRested;
  }

  pump(): void {
    for (const lane of this.#lanes) {
      if (this.#resting.has(lane)) continue;
      try {
        lane.pump();
      } catch (error) {
        const message = `the journal cannot be read: ${asError(error).message}`;
        this.#log.error({ err: error, trigger: lane.trigger.name }, message);
        this.#rest(lane);
      }
    }
  }

  #rest(lane: Lane): void {
    this.#resting.add(lane);
    this.#clock.after(LOG_PAUSE_MS, () => {
      this.#resting.delete(lane);
      this.#onRested();
    });
  }
}
