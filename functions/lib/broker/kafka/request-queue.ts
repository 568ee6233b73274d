// kafkajs 2.2.4 asks for a timer of minus the time of day whenever nothing is throttled. Node 24 warns of that, and fires
// it after a millisecond, again and again. What waits is looked at as before; where nothing waits, nothing is asked for.

import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { systemClock } from "../../clock.ts";

const LOOK_MS = 10;

RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - systemClock.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : LOOK_MS,
  );
};
