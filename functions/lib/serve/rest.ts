// What a function does once nothing comes any more: it gives back what the start and the last events left as garbage, 4 to 5 MB.
// Node itself collects only while there is something to do.
//
//   R1  Not while events come: a quiet second or two go before. It takes some 30 ms.
//   R2  At most once a minute, so that a trickle of events does not pay for it with each.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "../clock.ts";

const LOOK_EVERY_MS = 1000;
const AT_MOST_EVERY_MS = 60_000;

export interface Rest {
  /** An event has come. */
  stir(): void;
  stop(): void;
}

/** From now on. @param collect gives memory back. */
export function createRest(clock: Clock, collect: () => void = collectGarbage): Rest {
  let stirred = true;
  let resting = false;
  let cancel = clock.after(LOOK_EVERY_MS, look);

  function look(): void {
    resting = !stirred;
    stirred = false;
    if (resting) collect();
    else cancel = clock.after(LOOK_EVERY_MS, look);
  }

  return {
    stir() {
      stirred = true;
      if (!resting) return;
      resting = false;
      cancel = clock.after(AT_MOST_EVERY_MS, look);
    },
    stop: () => cancel(),
  };
}

/** All that can be had, and the room for young objects becomes small again. V8 hands its collector out to a new context alone. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as NodeJS.GCFunction;
  // The flags are part of what V8 knows its compile cache by.
  setFlagsFromString("--no-expose-gc");
  gc({ type: "major", execution: "sync", flavor: "last-resort" });
}
