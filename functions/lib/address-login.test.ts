import { expect, test } from "vitest";
import { loginCure } from "./address-login.ts";
import { parseKafkaAddress } from "./broker/kafka/address.ts";
import { parseRedisAddress } from "./store/redis/address.ts";

test.each([
  "redis://u:p/w@127.0.0.1:6379/0",
  "redis://u:p@ss#1@127.0.0.1:6379/0",
  "redis://:p?w@cache",
  "rediss+cluster://:50%@a,b",
  "kafkas://u@corp:secret@host:9093",
  "u:100%zz@host:9092",
])("%s is no address, and the cure is to percent-encode; nothing of it is shown", (text) => {
  expect([parseRedisAddress(text), parseKafkaAddress(text)]).toEqual([undefined, undefined]);
  expect(loginCure(text)).toBe("; in its user and password write @ as %40, / as %2F, ? as %3F and % as %25");
});

test.each(["mysql://x", "redis://cache:65536", "redis://u:p%40ss@cache/main", "host/1"])(
  "%s is no address for another reason",
  (text) => expect(loginCure(text)).toBe(""),
);
