import { expect, test } from "vitest";
import { UnavailableError } from "../../errors.ts";
import { failureOf } from "./failure.ts";

const WHERE = "redis://cache:6379";

/** An error as ioredis throws it, with the command that failed on it. */
function thrown(message: string, name = "ReplyError"): Error {
  return Object.assign(new Error(message), { name, command: { name: "evalsha", args: ["SECRET"] } });
}

test.each([
  ["LOADING Redis is loading the dataset in memory", /it is still reading its data/],
  ["OOM command not allowed when used memory > 'maxmemory'. script: 0123, on @user_script:9.", /raise its maxmemory/],
  ["ERR Error running script (call to f_1): @user_script:9: OOM command not allowed", /raise its maxmemory/],
  ["READONLY You can't write against a read only replica.", /name the primary/],
  ["MISCONF Errors writing to the AOF file: No space left on device", /make room on its disk/],
  ["NOREPLICAS Not enough good replicas to write.", /min-replicas-to-write/],
  ["NOAUTH Authentication required.", /name it in the address/],
  ["WRONGPASS invalid username-password pair or user is disabled.", /correct them in the address/],
  ["NOPERM this user has no permissions to run the 'evalsha' command", /give that user/],
  ["BUSY Redis is busy running a script.", /SCRIPT KILL/],
  ["CLUSTERDOWN The cluster is down", /CLUSTER INFO/],
  ["MOVED 1234 10.0.0.1:6379", /name it as redis\+cluster/],
  ["ERR This instance has cluster support disabled", /name it as redis:\/\//],
  ["ERR DB index is out of range", /correct the number at the end/],
  ["ERR unknown command `EVALSHA`, with args beginning with: `SECRET`", /use Redis 6\.2 or later/],
])("%s is the store's own trouble, and names the cure", (said, cure) => {
  const error = failureOf(WHERE, thrown(said));

  expect(error).toBeInstanceOf(UnavailableError);
  expect(error.message).toMatch(/^the store redis:\/\/cache:6379 cannot be used: /);
  expect(error.message).toMatch(cure);
  expect(JSON.stringify([error.message, error.cause, { ...error }, String(error.cause)])).not.toContain("SECRET");
});

test.each([
  ["connect ECONNREFUSED 127.0.0.1:6379", /nobody listens there/],
  ["getaddrinfo ENOTFOUND tls-cache", /that host is not known/],
  ["self-signed certificate", /NODE_EXTRA_CA_CERTS/],
  ["connect ETIMEDOUT", /does not answer in time/],
  ["Socket timeout. Expecting data, but didn't receive any in 2000ms.", /does not answer in time/],
  ["Connection is closed.", /connects again by itself/],
  ["Too many Cluster redirections. Last error: ReplyError: MOVED 1 a:1", /no node of its cluster/],
])("%s is a connection's trouble, and names the cure", (said, cure) => {
  expect(failureOf(WHERE, thrown(said, "Error")).message).toMatch(cure);
});

test("in a cluster it is said what the last node said", () => {
  const error = Object.assign(new Error("Failed to refresh slots cache."), {
    lastNodeError: thrown("NOAUTH Authentication required."),
  });

  expect(failureOf(WHERE, error).message).toMatch(/asks for a password/);
});

test.each([
  ["a script that is wrong", thrown("ERR user_script:3: attempt to index a nil value")],
  ["a call that is wrong", new TypeError("x is not a function")],
])("%s is our fault: it stays what it is, without what was sent", (_what, fault) => {
  const error = failureOf(WHERE, fault);

  expect(error).toBe(fault);
  expect(error).not.toBeInstanceOf(UnavailableError);
  expect(error).not.toHaveProperty("command");
});
