// A stored model set as load.lua and commit.lua return it.

import type { StoredModel } from "../stored-model.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";

export type StoredReply = readonly [generation: string, version: string, revision: string, state: string];

/** `generation`: "" for the one in force. `head`: without the state. */
export type Load = (set: string, generation: string, what: "state" | "head") => Promise<StoredModel>;

export function createLoad({ run }: RedisConnection, keys: RedisKeys): Load {
  return async (set, generation, what) =>
    storedModel((await run(SCRIPTS.load, [keys.set(set)], [generation, what])) as StoredReply);
}

export function storedModel([generation, version, revision, state]: StoredReply): StoredModel {
  return { generation, version: Number(version), revision, state };
}
