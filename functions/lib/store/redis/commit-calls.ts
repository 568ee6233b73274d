// Commits of one turn of the event loop, of whatever sets, go to Redis in one call of commit.lua, since a call costs as much
// as a commit does. Each is checked and written by itself, and none waits for another's answer.
//
//   G1  A call is bounded, so that Redis is not busy with it for long. In a cluster, where the keys of a call must lie on one node,
//       it is one commit.
//   G2  What one set's damage makes of a call is not the answer to the others: each is sent again by itself. What had been
//       committed by then is known by its revision.

import { UnavailableError } from "../../errors.ts";

export interface CommitCalls {
  /** `args`: of this commit. @throws as the call. */
  send(key: string, args: readonly string[]): Promise<unknown>;
  /** What waits goes now. */
  sendAll(): void;
}

interface Waiting {
  readonly key: string;
  readonly args: readonly string[];
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/** A millisecond or two of Redis. */
const MOST_COMMITS = 64;
const MOST_CHARACTERS = 262_144;

/** `call`: resolves with a reply for each key. */
export function createCommitCalls(
  isCluster: boolean,
  call: (keys: readonly string[], args: readonly string[]) => Promise<readonly unknown[]>,
): CommitCalls {
  const most = isCluster ? 1 : MOST_COMMITS;
  let waiting: Waiting[] = [];
  let characters = 0;

  function sendAll(): void {
    if (waiting.length === 0) return;
    const group = waiting;
    waiting = [];
    characters = 0;
    void send(group);
  }

  async function send(group: readonly Waiting[]): Promise<void> {
    try {
      const replies = await call(
        group.map(({ key }) => key),
        group.flatMap(({ args }) => args),
      );
      for (const [i, { resolve }] of group.entries()) resolve(replies[i]);
    } catch (error) {
      const isOfAll = group.length === 1 || error instanceof UnavailableError;
      for (const one of group) isOfAll ? one.reject(error) : void send([one]);
    }
  }

  return {
    sendAll,
    send: (key, args) =>
      new Promise((resolve, reject) => {
        waiting.push({ key, args, resolve, reject });
        for (const { length } of args) characters += length;
        if (waiting.length >= most || characters >= MOST_CHARACTERS) sendAll();
        else if (waiting.length === 1) setImmediate(sendAll);
      }),
  };
}
