// Opens the driver that an address asks for. Only that one is loaded, for a fast cold start.

import type { Pipelines } from "../pipeline/choice.ts";
import { joinWindowMs, type RetentionSetting } from "../retention.ts";
import type { StoreAddress } from "./address.ts";
import { DEFAULT_SNAPSHOTS, type SnapshotPolicy } from "./snapshots.ts";
import type { Store, StoreOptions } from "./store.ts";

/** @throws ConfigurationError for a file that is no store of this version; a Redis may come up later. */
export async function openStore(
  address: StoreAddress,
  pipelines: Pipelines,
  retention: RetentionSetting,
  now: () => number,
  snapshots: SnapshotPolicy = DEFAULT_SNAPSHOTS,
): Promise<Store> {
  const options: StoreOptions = {
    now,
    snapshots,
    retention,
    joinWindowMs: (name, retention) => joinWindowMs(pipelines.get(name)?.labelHorizonMs ?? 0, retention),
  };
  if (address.kind === "redis") return (await import("./redis/redis.ts")).openRedisStore(address, options);
  return (await import("./sqlite/sqlite.ts")).openSqliteStore(address.path, options);
}
