// Which model sets there are in Redis, and whether there may be one more.
//
// The index is one sorted set of names. It may be on another node than a set, so it can list sets that were never committed;
// each is checked. It is also the list of reserved slots: on one node a script counts and adds in one step, and ZLEXCOUNT
// does not walk what it counts.

import type { ModelSets, SetPage } from "../store.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";

/** Names of a round trip. */
const PAGE = 1000;
/** Fewer are not worth a round trip: some of them may not be committed. */
const FEW = 100;

export interface SetIndex {
  readonly port: ModelSets;
  /** Before a set is committed to. Undefined where it is there for certain. */
  add(set: string): Promise<void> | undefined;
}

export function createSetIndex({ run, call, onLoss }: RedisConnection, keys: RedisKeys): SetIndex {
  /** Sets that are in the index for certain. */
  let indexed = new Set<string>();
  /** Sets that were committed to for certain: only the loss of what the store held undoes that. */
  let committed = new Set<string>();
  onLoss(() => {
    indexed = new Set();
    committed = new Set();
  });

  const add = (set: string) => (indexed.has(set) ? undefined : addNew(set));

  async function addNew(set: string): Promise<void> {
    await call("ZADD", keys.sets, 0, set);
    indexed.add(set);
  }

  async function isCommitted(set: string): Promise<boolean> {
    if (committed.has(set)) return true;
    if ((await call("HEXISTS", keys.set(set), "committed")) !== 1) return false;
    committed.add(set);
    return true;
  }

  async function reserve(set: string, most: number): Promise<boolean> {
    if (indexed.has(set)) return true;
    const pipeline = set.slice(0, set.indexOf("/"));
    // '0' follows '/' in ASCII, so the range is `<pipeline>/…`.
    const args = [set, `[${pipeline}/`, `(${pipeline}0`, most];
    const reserved = (await run(SCRIPTS.reserve, [keys.sets], args)) === 1;
    if (reserved) indexed.add(set);
    return reserved || isCommitted(set);
  }

  async function* pages(after: string, prefix: string, size = PAGE): AsyncGenerator<readonly string[]> {
    const to = endOf(prefix);
    for (let from = after > prefix ? `(${after}` : `[${prefix}`; ; ) {
      const page = (await call("ZRANGEBYLEX", keys.sets, from, to, "LIMIT", 0, size)) as string[];
      for (const name of page) indexed.add(name);
      const found = await Promise.all(page.map(isCommitted));
      yield page.filter((_, i) => found[i]);
      if (page.length < size) return;
      from = `(${page.at(-1)}`;
    }
  }

  async function sets({ after = "", limit = Number.POSITIVE_INFINITY, prefix = "" }: SetPage = {}): Promise<string[]> {
    const found: string[] = [];
    for await (const page of pages(after, prefix, Math.min(PAGE, Math.max(limit, FEW)))) {
      found.push(...page);
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  /** The index only grows: where it has as many names as are known here, these are all, and only the unsure ones are asked for. */
  async function setCount(prefix = ""): Promise<number> {
    const known = [...indexed].filter((name) => name.startsWith(prefix));
    const unsure = known.filter((name) => !committed.has(name));
    if (unsure.length <= PAGE && (await call("ZLEXCOUNT", keys.sets, `[${prefix}`, endOf(prefix))) === known.length) {
      const found = await Promise.all(unsure.map(isCommitted));
      return known.length - found.filter((one) => !one).length;
    }
    let count = 0;
    for await (const page of pages("", prefix)) count += page.length;
    return count;
  }

  return { port: { sets, setCount, reserve }, add };
}

/** Of the range of names that begin with the prefix: U+10FFFF is in no name. */
function endOf(prefix: string): string {
  return prefix === "" ? "+" : `(${prefix}\u{10ffff}`;
}
