// What one turn of the event loop asks of a script goes to Redis in one call, since a call costs more, here and there, than what it
// carries. The script does each part by itself, and none waits for another's answer.
//
//   G1  A call is bounded, so that Redis is not busy with it for long. In a cluster, where the keys of a call must lie on one node,
//       it has one part.
//   G2  What one part's damage makes of a call is not the answer to the others: each is sent again by itself. What was done by
//       then is found as it is: a commit knows its revision, a record what was put first.

import { UnavailableError } from "../../errors.ts";

export type Argument = string | number;

export interface GroupedCalls {
  /** `keys` and `args`: of this part. Resolves with its reply. @throws as the call. */
  send(keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
  /** What waits goes now. */
  sendAll(): void;
}

interface Waiting {
  readonly keys: readonly string[];
  readonly args: readonly Argument[];
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/** A millisecond or two of Redis. */
const MOST_PARTS = 64;
const MOST_CHARACTERS = 262_144;

/** `call`: resolves with a reply for each part. */
export function createGroupedCalls(
  isCluster: boolean,
  call: (keys: readonly string[], args: readonly Argument[]) => Promise<readonly unknown[]>,
): GroupedCalls {
  const most = isCluster ? 1 : MOST_PARTS;
  let waiting: Waiting[] = [];
  let characters = 0;

  function sendAll(): void {
    if (waiting.length === 0) return;
    const group = waiting;
    waiting = [];
    characters = 0;
    void send(group);
  }

  /** Never rejects. */
  async function send(group: readonly Waiting[]): Promise<void> {
    const keys: string[] = [];
    const args: Argument[] = [];
    for (const part of group) {
      keys.push(...part.keys);
      args.push(...part.args);
    }
    try {
      const replies = await call(keys, args);
      for (const [i, { resolve }] of group.entries()) resolve(replies[i]);
    } catch (error) {
      const isOfAll = group.length === 1 || error instanceof UnavailableError;
      for (const part of group) isOfAll ? part.reject(error) : void send([part]);
    }
  }

  return {
    sendAll,
    send: (keys, args) =>
      new Promise((resolve, reject) => {
        waiting.push({ keys, args, resolve, reject });
        for (const argument of args) if (typeof argument === "string") characters += argument.length;
        if (waiting.length >= most || characters >= MOST_CHARACTERS) sendAll();
        else if (waiting.length === 1) setImmediate(sendAll);
      }),
  };
}
