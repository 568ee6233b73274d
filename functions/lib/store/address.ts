// Where a store is: a SQLite file or a Redis.

import type { RedisAddress } from "./redis/address.ts";

export type StoreAddress = { readonly kind: "sqlite"; readonly path: string } | RedisAddress;
