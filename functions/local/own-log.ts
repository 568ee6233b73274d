// Tells the store that a log of this process alone feeds it: a replay elsewhere, which cannot read this log, must know of it.

import { hostname } from "node:os";
import { resolve } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import { keepLogId } from "../lib/log-id.ts";
import type { Store } from "../lib/store/store.ts";
import type { Log } from "../lib/telemetry/log.ts";

export interface OwnLog {
  readonly id: string;
  stop(): void;
}

/** Again, for a store that has lost what it held. */
const EVERY_MS = 60_000;
const AWAY_MS = 1000;

/** A store that is away is told when it is back. */
export async function announceOwnLog(
  dataFolder: string,
  { agreement }: Pick<Store, "agreement">,
  clock: Pick<Clock, "now">,
  log: Log,
): Promise<OwnLog> {
  const id = keepLogId(dataFolder);
  const where = `${hostname()}:${resolve(dataFolder)}`;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function announce(): Promise<void> {
    const told = await agreement.announceLog({ id, where, at: clock.now() }).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof UnavailableError)) log.error({ err: error }, "the store does not take note of this log");
        return false;
      },
    );
    if (!stopped) timer = setTimeout(announce, told ? EVERY_MS : AWAY_MS).unref();
  }

  await announce();
  return {
    id,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
