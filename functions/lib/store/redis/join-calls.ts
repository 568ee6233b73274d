// What is put into joins, and read of them, by join.lua. All of one turn of the event loop goes as one call: to this process and to
// Redis a call costs more than what it carries. In a cluster records lie on many nodes, so there each is a call of its own.

import { UnavailableError } from "../../errors.ts";
import type { RedisConnection } from "./connection.ts";
import { SCRIPTS } from "./scripts.ts";
import type { TestTime } from "./time.ts";

type Argument = string | number;

/** As join.lua takes them: what, when it was recorded, milliseconds that a record lives, a text, another one. */
export type JoinArguments = readonly [what: string, Argument, Argument, text: string, second: string];

/** `keys`: those of one record. Resolves with what join.lua returns of it, null where there is none. */
export type JoinCall = (keys: readonly string[], args: JoinArguments) => Promise<unknown>;

interface Waiting {
  readonly keys: readonly string[];
  readonly args: JoinArguments;
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/** Redis does nothing else meanwhile. */
const MOST = 64;

export function createJoinCalls({ run, isCluster }: RedisConnection, testTime: TestTime): JoinCall {
  let waiting: Waiting[] = [];
  const most = isCluster ? 1 : MOST;

  function flush(): void {
    const those = waiting;
    waiting = [];
    for (let at = 0; at < those.length; at += most) void send(those.slice(at, at + most));
  }

  /** Never rejects. */
  async function send(calls: readonly Waiting[]): Promise<void> {
    const keys: string[] = [];
    const args: Argument[] = [testTime()];
    for (const call of calls) {
      keys.push(...call.keys);
      args.push(...call.args);
    }
    try {
      const replies = (await run(SCRIPTS.join, keys, args)) as readonly unknown[];
      for (let i = 0; i < calls.length; i++) calls[i]?.resolve(replies[i]);
    } catch (error) {
      // One record may be at fault: the others are put without it. What was put already is found as it is.
      if (calls.length > 1 && !(error instanceof UnavailableError)) for (const call of calls) void send([call]);
      else for (const call of calls) call.reject(error);
    }
  }

  return (keys, args) =>
    new Promise((resolve, reject) => {
      // Behind all that this turn does: what it still puts goes along.
      if (waiting.push({ keys, args, resolve, reject }) === 1) process.nextTick(flush);
    });
}
