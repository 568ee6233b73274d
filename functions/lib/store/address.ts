// Where a store is: a file of SQLite, or a Redis.

import type { RedisAddress } from "./redis/address.ts";

export type StoreAddress = { readonly kind: "sqlite"; readonly path: string } | RedisAddress;
