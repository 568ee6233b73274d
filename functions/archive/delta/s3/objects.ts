// A store of objects as the place of a table, safe with any number of processes on it.
//
//   S1  A key is written only where there is none by `If-None-Match: *`, so of any number of writers one wins.
//   S2  Where an attempt may have been carried out without an answer, and the next one finds the key taken, the writer's mark on
//       the object says whose it is.
//   S3  No such write is made before the store has shown that it applies the condition: one that ignores it would let two
//       commits of one version win, and say so to neither.

import { randomUUID } from "node:crypto";
import type { Clock } from "../../../lib/clock.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import { HIDDEN, type Objects } from "../objects.ts";
import { missingBucket, withoutConditions } from "./failure.ts";
import { pageOf } from "./list.ts";
import type { S3Place } from "./place.ts";
import { createRequests, LIMITS, type Limits } from "./requests.ts";

/** Of a conditional write: who made it. */
const MARK = "x-amz-meta-writer";
/** Of a thousand names each. */
const MAX_PAGES = 10_000;

export function openS3(place: S3Place, clock: Clock, limits: Limits = LIMITS): Objects {
  const { where, prefix } = place;
  const { send, close } = createRequests(place, clock, limits);
  let shown: Promise<void> | undefined;

  const keyOf = (name: string) => {
    // A table's log is from outside: it must not lead elsewhere.
    if (!name.split("/").some((part) => part === ".." || part === ".")) return prefix + name;
    throw new ConfigurationError(`the table ${where} names an object outside of it: ${name}; restore it from a copy`);
  };

  /** S1, S2 */
  async function putOnce(name: string, body: Uint8Array): Promise<boolean> {
    const key = keyOf(name);
    const mark = randomUUID();
    const headers = { "if-none-match": "*", [MARK]: mark };
    const { status, isUnsure } = await send({ method: "PUT", key, headers, body, takes: [200, 412] });
    if (status === 200 || !isUnsure) return status === 200;
    const there = await send({ method: "HEAD", key, takes: [200, 404] });
    return there.headers.get(MARK) === mark;
  }

  async function remove(name: string): Promise<void> {
    await send({ method: "DELETE", key: keyOf(name), takes: [200, 204, 404] });
  }

  /** S3. What it leaves behind where it is killed, a vacuum removes. */
  async function show(): Promise<void> {
    const name = `${HIDDEN}${randomUUID()}.new`;
    const content = Buffer.from("Wadi looks whether this store applies If-None-Match; this may be removed.\n", "utf8");
    try {
      if (!(await putOnce(name, content))) throw withoutConditions(where, "a write of a new key was refused");
      if (await putOnce(name, content)) throw withoutConditions(where, "two writes of one key were both taken");
    } finally {
      await remove(name).catch(() => {}); // the first error is the one to tell
    }
  }

  async function prove(): Promise<void> {
    shown ??= show();
    try {
      await shown;
    } catch (error) {
      shown = undefined;
      throw error;
    }
  }

  return {
    where,
    prove,
    // People make buckets: one made here would have nobody's settings.
    make: async () => {},
    async get(name, part) {
      const range = part && { headers: { range: `bytes=${part.from}-${part.to - 1}` } };
      const { status, body } = await send({ method: "GET", key: keyOf(name), ...range, takes: [200, 206, 404] });
      // Not every store gives parts.
      if (status === 200) return part === undefined ? body : body.subarray(part.from, part.to);
      if (status === 206) return body;
      if (body.includes("<Code>NoSuchBucket<")) throw missingBucket(where);
      return undefined;
    },
    async put(name, body) {
      await send({ method: "PUT", key: keyOf(name), body, takes: [200] });
    },
    async putIfAbsent(name, content) {
      await prove();
      return putOnce(name, content);
    },
    async list(from, after = "") {
      const names: string[] = [];
      let token: string | undefined;
      for (let pages = 0; pages < MAX_PAGES; pages++) {
        const query = {
          ...{ "list-type": "2", "encoding-type": "url", prefix: prefix + from },
          ...(token !== undefined
            ? { "continuation-token": token }
            : after !== "" && { "start-after": prefix + after }),
        };
        const page = pageOf((await send({ method: "GET", query, takes: [200] })).body, where);
        names.push(...page.keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)));
        token = page.next;
        // Some stores begin with `after` itself, or have an order of their own.
        if (token === undefined) return names.filter((name) => name > after).sort();
      }
      throw new ConfigurationError(`${where} has more than ${MAX_PAGES * 1000} objects; name another prefix`);
    },
    async look(name) {
      const { status, headers } = await send({ method: "HEAD", key: keyOf(name), takes: [200, 404] });
      if (status === 200)
        return {
          bytes: Number(headers.get("content-length")),
          modified: Date.parse(headers.get("last-modified") ?? ""),
        };
      // The answer has no body, which would tell the one from the other.
      const bucket = await send({ method: "HEAD", takes: [200, 404] });
      if (bucket.status === 404) throw missingBucket(where);
      return undefined;
    },
    remove,
    close,
  };
}
