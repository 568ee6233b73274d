// Errors of Redis for people: what is wrong, where, and the cure. Passwords and states never get into a message or a
// `cause`: ioredis puts a failed command's arguments on its errors, so new ones are made.

import { asError, UnavailableError } from "../../errors.ts";

const STORE_UNAVAILABLE = "store-unavailable";

/** By the start of Redis's own message, or by ioredis's and Node's code or words. */
const PROBLEMS: readonly (readonly [sign: RegExp, problem: string])[] = [
  [/^LOADING\b/, "it is still reading its data; it answers by itself when it has"],
  [
    /^OOM\b/,
    "it is out of memory; raise its maxmemory, or shorten the retention (WADI_LOG_RETENTION_HOURS, WADI_DEAD_LETTER_RETENTION_HOURS)",
  ],
  [/^READONLY\b/, "it is a read-only replica; name the primary, or wait until one is elected"],
  [/^MASTERDOWN\b/, "it is a replica that lost its primary; name the primary, or wait until one is elected"],
  [/^MISCONF\b/, "it cannot write its data to disk and refuses writes; see its log, make room on its disk"],
  [/^NOREPLICAS\b/, "it has fewer replicas than min-replicas-to-write asks for; start them"],
  [/^NOAUTH\b/, "it asks for a password; name it in the address, as redis://user:password@host:port"],
  [/^WRONGPASS\b|invalid password/, "it refuses this user and password; correct them in the address"],
  [
    /^NOPERM\b/,
    "its user may not do this; give that user the commands @read, @write, @scripting, @connection and info, and all keys",
  ],
  [/^BUSY\b/, "it is busy with a script; wait, or end that script with SCRIPT KILL"],
  [/^(CLUSTERDOWN|TRYAGAIN)\b/, "its cluster has no node for some keys; see redis-cli CLUSTER INFO"],
  [/^(MOVED|ASK|CROSSSLOT)\b/, "it is a node of a Redis Cluster; name it as redis+cluster://host:port"],
  [/^ERR.*cluster support disabled/, "it is no Redis Cluster; name it as redis://host:port"],
  [/^ERR DB index|^ERR SELECT/, "it has no such database; correct the number at the end of the address"],
  [/unknown command/i, "it does not know all commands Wadi uses; use Redis 6.2 or later, or Valkey"],
  [
    /Too many Cluster redirections|Failed to refresh slots cache/,
    "no node of its cluster answers for all keys; see redis-cli CLUSTER INFO",
  ],
  [/ECONNREFUSED/, "nobody listens there; start it, or correct the address"],
  [/ENOTFOUND|EAI_AGAIN/, "that host is not known; correct the address, or see to the name service"],
  [
    /certificate|self[- ]signed|altname|ssl|tls/i,
    "TLS failed; name a CA with NODE_EXTRA_CA_CERTS, or use redis:// where it speaks no TLS",
  ],
  [
    /tim(ed|e) ?out|ETIMEDOUT/i,
    "it does not answer in time; see whether it is frozen, overloaded or out of reach; Wadi goes on when it is back",
  ],
  [/./, "there is no connection; see whether it runs and can be reached; Wadi connects again by itself"],
];

/** @returns the error to throw: an UnavailableError, or `thrown` where it is a fault of ours. */
export function failureOf(where: string, thrown: unknown): Error {
  const error = asError(thrown);
  if (error instanceof UnavailableError || isOurs(error)) return withoutCommand(error);
  const said = wordsOf(error);
  const problem = PROBLEMS.find(([sign]) => sign.test(said))?.[1] ?? "";
  return unavailable(where, problem, said);
}

/** `said`: in whose words it is the cause. */
export function unavailable(where: string, problem: string, said?: string): UnavailableError {
  const text = `the store ${where} cannot be used: ${problem}`;
  if (said === undefined) return new UnavailableError(STORE_UNAVAILABLE, text);
  return new UnavailableError(STORE_UNAVAILABLE, `${text} (${said})`, { cause: new Error(said) });
}

const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** An answer of Redis that none of its own troubles explains: a script or a call is wrong. */
function isOurs(error: Error): boolean {
  if (FAULTS.some((fault) => error instanceof fault)) return true;
  if (error.name !== "ReplyError") return false;
  return !PROBLEMS.slice(0, -1).some(([sign]) => sign.test(wordsOf(error)));
}

function withoutCommand(error: Error): Error {
  if ("command" in error) delete error.command;
  return error;
}

/** The words of Redis, without those of the script that it stopped or the arguments; in a cluster, the last node's. */
function wordsOf(error: Error): string {
  const { lastNodeError, code } = error as Error & { lastNodeError?: Error; code?: string };
  if (lastNodeError !== undefined && lastNodeError.message !== error.message) return wordsOf(lastNodeError);
  if (error instanceof AggregateError && error.message === "") return code ?? "no connection";
  return error.message
    .replace(/^ERR Error running script.*?: (@user_script:\s*\d+: )?/, "")
    .replace(/ script: \S+, on @user_script:\d+\.?$/, "")
    .replace(/, with args beginning with:.*$/s, "");
}
