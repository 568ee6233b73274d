// A stored model set as load.lua and commit.lua return it.

import type { BaseAndTail, Head } from "../stored-model.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";

export type StoredReply = readonly [
  generation: string,
  version: string,
  revision: string,
  base: string | null,
  tail: readonly string[],
];

export interface Load {
  head(set: string): Promise<Head>;
  /** `generation`: "" for the one in force. */
  since(set: string, generation: string, known?: Head): Promise<BaseAndTail>;
}

export function createLoad({ run }: RedisConnection, keys: RedisKeys): Load {
  const reply = async (set: string, ...args: readonly (string | number)[]) =>
    storedModel((await run(SCRIPTS.load, [keys.set(set)], args)) as StoredReply);
  return {
    async head(set) {
      const { base: _base, tail: _tail, ...head } = await reply(set, "", "head");
      return head;
    },
    since: (set, generation, { version, revision } = NOTHING) => reply(set, generation, "state", version, revision),
  };
}

const NOTHING: Head = { generation: "", version: 0, revision: "" };

export function storedModel([generation, version, revision, base, tail]: StoredReply): BaseAndTail {
  return { generation, version: Number(version), revision, base: base ?? undefined, tail: tail.map(entryOf) };
}

/** Behind the revision that it made. */
export function entryOf(element: string): string {
  return element.slice(element.indexOf(" ") + 1);
}
