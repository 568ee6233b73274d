// From a signal to a clean end: what is under way is finished, what is open is closed, then exit 0. A second signal
// ends at once.

import { asError } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";

/** Calls `stop` once at SIGTERM or SIGINT and then exits: 0, or 1 where stopping failed; 130 at a second signal. */
export function stopOnSignal(stop: () => Promise<void>, log: Log): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(130);
    stopping = true;
    log.info({ signal }, "stopping: finishing what is under way");
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: asError(error) }, "could not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}
