// A clean end after a signal: finish what is under way, close what is open, exit 0. A second signal ends at once.

import { asError } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";

/** At SIGTERM or SIGINT calls `stop`, then exits with 0, or with 1 where `stop` failed. A second signal exits with 130. */
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
