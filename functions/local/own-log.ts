// Tells the store that a log of this process alone feeds it: a replay elsewhere, which cannot read this log, must know of it.
//
//   A copied data folder has the log id of the original. While both are in use they would pass for one log, and a replay of
//   one would leave out what the other one learned. The store shows it: the id was announced from another folder since this
//   process announced it. Then this folder takes an id of its own. A folder that was moved keeps its id.

import { hostname } from "node:os";
import { resolve } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import { keepLogId, renewLogId } from "../lib/log-id.ts";
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
  clock: Clock,
  log: Log,
): Promise<OwnLog> {
  const where = `${hostname()}:${resolve(dataFolder)}`;
  let id = keepLogId(dataFolder);
  let isAnnounced = false;
  let stopped = false;
  let cancel = () => {};

  async function announce(): Promise<void> {
    if (isAnnounced) await renewIfCopied();
    await agreement.announceLog({ id, where, at: clock.now() });
    isAnnounced = true;
  }

  async function renewIfCopied(): Promise<void> {
    const twin = (await agreement.logs()).find((one) => one.id === id && one.where !== where);
    if (twin === undefined) return;
    id = renewLogId(dataFolder);
    const message = `one of the data folders ${where} and ${twin.where} is a copy of the other: they had one log id`;
    log.warn({ id }, `${message}; this one has a new id from now on`);
  }

  async function announceAgainAndAgain(): Promise<void> {
    const told = await announce().then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof UnavailableError)) log.error({ err: error }, "the store does not take note of this log");
        return false;
      },
    );
    if (!stopped) cancel = clock.after(told ? EVERY_MS : AWAY_MS, () => void announceAgainAndAgain());
  }

  await announceAgainAndAgain();
  return {
    get id() {
      return id;
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
