import { expect, test } from "vitest";
import { parseRedisAddress, REDIS_EXAMPLE, showRedisAddress } from "./address.ts";

const PLAIN = { kind: "redis", cluster: false, tls: false, db: 0, namespace: "" } as const;
const node = (host: string, port = 6379) => ({ host, port });

test.each([
  ["redis://cache", { nodes: [node("cache")] }],
  ["redis://127.0.0.1:7000/3", { nodes: [node("127.0.0.1", 7000)], db: 3 }],
  ["redis://[::1]:7000", { nodes: [node("::1", 7000)] }],
  ["rediss://cache.example:6380/", { nodes: [node("cache.example", 6380)], tls: true }],
  ["redis://ann:p%40ss%2F%3A@cache", { nodes: [node("cache")], username: "ann", password: "p@ss/:" }],
  ["redis://:a:b@cache", { nodes: [node("cache")], password: "a:b" }],
  ["redis+cluster://a:1,b,c:3", { nodes: [node("a", 1), node("b"), node("c", 3)], cluster: true }],
  ["rediss+cluster://:p@a", { nodes: [node("a")], cluster: true, tls: true, password: "p" }],
  ["redis://cache/1?namespace=staging", { nodes: [node("cache")], db: 1, namespace: "staging" }],
])("%s is understood", (text, parts) => {
  expect(parseRedisAddress(text)).toEqual({ ...PLAIN, ...parts });
});

test.each([
  ["nothing but a scheme", "redis://"],
  ["another scheme", "mysql://db"],
  ["a port that there is not", "redis://cache:65536"],
  ["a database that is no number", "redis://cache/main"],
  ["several hosts that are no cluster", "redis://a,b"],
  ["a database in a cluster, which has none", "redis+cluster://a/1"],
  ["an option that nobody knows", "redis://a?timeout=3"],
  ["a password with a broken escape", "redis://:%zz@a"],
])("%s is no address: %s", (_what, text) => {
  expect(parseRedisAddress(text)).toBeUndefined();
});

test("what is shown of an address has neither user nor password", () => {
  const shown = (text: string) =>
    showRedisAddress(parseRedisAddress(text) as NonNullable<ReturnType<typeof parseRedisAddress>>);

  expect(shown(REDIS_EXAMPLE)).toBe("redis://127.0.0.1:6379");
  expect(shown("rediss+cluster://ann:secret@[::1]:7000,b")).toBe("rediss+cluster://[::1]:7000,b:6379");
  expect(shown("redis://:secret@a/2")).toBe("redis://a:6379/2");
});
