// The drivers, by the kind of address that a setting names.

import { joinWindowMs, type Retention, type StoreAddress } from "../config.ts";
import type { Pipelines } from "../pipeline/choice.ts";
import { openSqliteStore } from "./sqlite.ts";
import type { Store } from "./store.ts";

/** @throws ConfigurationError where what is there is no store of this version. */
export function openStore(address: StoreAddress, pipelines: Pipelines, retention: Retention, now: () => number): Store {
  return openSqliteStore(address.path, {
    now,
    joinWindowMs: (name) => joinWindowMs(pipelines.get(name)?.labelHorizonMs ?? 0, retention),
  });
}
