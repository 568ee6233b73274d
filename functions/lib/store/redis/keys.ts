// The names of keys. The keys of one script have one hash tag, so that they are on one node of a Redis Cluster.

export interface RedisKeys {
  /** The pointer of a model set. The scripts are given it alone and name the other keys of the set from it: see commit.lua. */
  set(name: string): string;
  /** The generations of a model set that are to be removed. */
  retired(set: string): string;
  history(set: string, generation: string): string;
  /** The index of model sets that were reserved or about to be committed to: a superset of the committed ones. */
  readonly sets: string;
  readonly activity: string;
  /** What all processes that open the store agree on, see agreement.ts. */
  readonly retention: string;
  readonly logs: string;
  pipeline(name: string): string;
  /** The record of an observation, and the counters beside it: by the hour, and of delays by the day. */
  join(pipeline: string, key: string): readonly [record: string, counts: string, delays: string];
  /** All counters of a pipeline by the hour. */
  joinCounts(pipeline: string): readonly string[];
  /** All its counters of delays. */
  joinDelays(pipeline: string): readonly string[];
}

const JOIN_SLOTS = 256;

export function createKeys(namespace: string): RedisKeys {
  const before = namespace === "" ? "" : `${namespace}:`;
  const slot = (pipeline: string, n: number) => `${before}${tag(`${pipeline}/j${n}`)}`;
  return {
    set: (name) => `${before}${tag(name)}:set`,
    retired: (set) => `${before}${tag(set)}:retired`,
    history: (set, generation) => `${before}${tag(set)}:history:${generation}`,
    sets: `${before}wadi:sets`,
    activity: `${before}wadi:activity`,
    retention: `${before}wadi:retention`,
    logs: `${before}wadi:logs`,
    pipeline: (name) => `${before}${tag(name)}:pipeline`,
    join(pipeline, key) {
      const prefix = slot(pipeline, slotOf(key));
      return [`${prefix}:${key}`, `${prefix}:counts`, `${prefix}:delays`];
    },
    joinCounts: (pipeline) => Array.from({ length: JOIN_SLOTS }, (_, n) => `${slot(pipeline, n)}:counts`),
    joinDelays: (pipeline) => Array.from({ length: JOIN_SLOTS }, (_, n) => `${slot(pipeline, n)}:delays`),
  };
}

/** A brace in the name would end the tag. */
function tag(name: string): string {
  return `{${name.replace(/[{}%]/g, encodeURIComponent)}}`;
}

/** FNV-1a. */
function slotOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % JOIN_SLOTS;
}
