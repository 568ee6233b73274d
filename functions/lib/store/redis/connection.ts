// The connection to a Redis or a Redis Cluster, for as long as the process lives.
//
//   C1  Every call ends within ANSWER_MS: with the answer, or with an UnavailableError that says what, where and the cure.
//   C2  It reconnects by itself, for ever. Calls without an answer when a connection broke are sent again on the next one
//       while their caller waits, and never after: every call of the store may be repeated, a commit knows its own revision.
//   C3  No call is sent before the server has shown that it keeps its data (`noeviction`) and takes writes.
//   C4  The calls of one turn of the event loop to one server go out together, once those before them are answered.
//   C5  A call that is run alone goes out at once, so that this process and the server work at the same time.

import type { Cluster, Redis, RedisOptions } from "ioredis";
import { asError } from "../../errors.ts";
import { type RedisAddress, showRedisAddress } from "./address.ts";
import { failureOf, unavailable } from "./failure.ts";
import { createGate } from "./gate.ts";
import type { Script } from "./scripts.ts";
import { problemOf } from "./server-check.ts";

type Argument = string | number;

export interface RedisConnection {
  /** Its keys lie on several nodes. */
  readonly isCluster: boolean;
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
  /** As `run`, but C5: for what has much in one call. */
  runAlone(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
  call(command: string, ...args: readonly Argument[]): Promise<unknown>;
  /** Asks the server each time. @throws UnavailableError. */
  check(): Promise<void>;
  /** Once all calls under way are answered. Later calls are rejected. */
  close(): Promise<void>;
  /** Runs `finish` before it closes: what waits to be sent goes now. */
  onClose(finish: () => void): void;
  /** Runs `forget` whenever a connection is lost: the data of the store may have changed. */
  onLoss(forget: () => void): void;
}

const ANSWER_MS = 3000;
/** A connection that does not answer for so long is given up. */
const SILENCE_MS = 2000;
const CONNECT_MS = 2000;
const PATIENCE_MS = 2000;
const LONGEST_PAUSE_MS = 1000;

export function connectRedis(address: RedisAddress): RedisConnection {
  const where = showRedisAddress(address);
  const underWay = new Set<Promise<unknown>>();
  const forgetful: (() => void)[] = [];
  const unfinished: (() => void)[] = [];
  let closed = false;
  let lastError: Error | undefined;
  let verified: Promise<void> | undefined;

  const closedError = () => unavailable(where, "it was closed; open it again");
  const gate = createGate(PATIENCE_MS, () => (closed ? closedError() : (lastError ?? new Error("no connection"))));
  const opening = open();
  opening.catch(() => undefined); // each call reports it

  async function open(): Promise<Opened> {
    const opened = await createClient(address);
    const { client } = opened;
    gate.shut();
    client.on("error", (error: unknown) => {
      lastError = asError(error);
    });
    client.on("ready", () => {
      lastError = undefined;
      gate.open();
    });
    client.on("close", () => {
      verified = undefined;
      for (const forget of forgetful) forget();
      gate.shut();
    });
    return opened;
  }

  /** A node of a cluster that is away affects its own keys only. */
  async function verify(client: Redis | Cluster): Promise<void> {
    const nodes = "nodes" in client ? client.nodes("master") : [client];
    const answers = await Promise.allSettled(nodes.map((node) => node.info()));
    for (const answer of answers) {
      const problem = answer.status === "fulfilled" ? problemOf(answer.value, address.cluster) : undefined;
      if (problem !== undefined) throw unavailable(where, problem);
    }
    const refused = answers.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
    if (refused !== undefined && !answers.some(({ status }) => status === "fulfilled")) throw refused.reason;
  }

  function verifiedOnce(client: Redis | Cluster): Promise<void> {
    verified ??= verify(client).catch((error: unknown) => {
      verified = undefined; // the next one asks again
      throw error;
    });
    return verified;
  }

  async function answered<T>(ask: (opened: Opened) => Promise<T>, checked = verifiedOnce): Promise<T> {
    const asked = async (isAwaited: () => boolean) => {
      const opened = await opening;
      for (;;) {
        await gate.passed();
        await checked(opened.client);
        if (!isAwaited()) throw new Error("its caller does not wait any more");
        try {
          return await ask(opened);
        } catch (error) {
          if (!isLoss(error)) throw error;
          await new Promise(setImmediate); // by then the gate is shut
        }
      }
    };
    try {
      if (closed) throw closedError();
      const work = gate.within(ANSWER_MS, asked);
      underWay.add(work);
      return await work.finally(() => underWay.delete(work));
    } catch (error) {
      throw failureOf(where, error);
    }
  }

  return {
    isCluster: address.cluster,
    run: ({ sha, text }, keys, args) =>
      answered(({ client }) => {
        const all = [keys.length, ...keys, ...args] as const;
        return orAnew(client.evalsha(sha, ...all), () => client.eval(text, ...all));
      }),
    runAlone: ({ sha, text }, keys, args) =>
      answered(({ sendAlone }) => {
        const all = [keys.length, ...keys, ...args];
        return orAnew(sendAlone("evalsha", [sha, ...all]), () => sendAlone("eval", [text, ...all]));
      }),
    call: (command, ...args) => answered(({ client }) => client.call(command, ...args)),
    check: () => answered(async () => undefined, verify),
    async close() {
      for (const finish of unfinished) finish();
      closed = true;
      await Promise.allSettled(underWay);
      gate.close();
      await opening.then(({ client }) => client.disconnect()).catch(() => undefined);
    },
    onClose: (finish) => void unfinished.push(finish),
    onLoss: (forget) => void forgetful.push(forget),
  };
}

/** Where the server does not know the script, it is given its text. */
async function orAnew(answer: Promise<unknown>, withText: () => Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (!asError(error).message.startsWith("NOSCRIPT")) throw error;
    return withText();
  }
}

interface Opened {
  readonly client: Redis | Cluster;
  /** C5. */
  sendAlone(command: string, args: readonly Argument[]): Promise<unknown>;
}

/** Loads ioredis only now: a process without Redis need not wait for it. */
async function createClient(address: RedisAddress): Promise<Opened> {
  // A bundle has only the default export of a CommonJS package that is imported late.
  const { default: ioredis } = await import("ioredis");
  const client = clientOf(ioredis, address);
  const sendAlone = (command: string, args: readonly Argument[]) =>
    client.sendCommand(new ioredis.Command(command, [...args], { replyEncoding: "utf8" })) as Promise<unknown>;
  return { client, sendAlone };
}

function clientOf(ioredis: typeof import("ioredis"), address: RedisAddress): Redis | Cluster {
  const { cluster, tls, nodes, username, password, db, servername } = address;
  const pause = (tries: number) => Math.min(LONGEST_PAUSE_MS, 25 * 2 ** tries);
  const options = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: servername === undefined ? {} : { servername } } : {}),
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    enableReadyCheck: false, // `verify` looks at more than that does
    disableClientInfo: true,
  } satisfies RedisOptions;
  if (cluster) {
    // No pipelines: ioredis rejects the whole pipeline of a cluster where one node is away.
    const pauses = { retryDelayOnFailover: 200, retryDelayOnClusterDown: 200, slotsRefreshTimeout: CONNECT_MS };
    return new ioredis.Cluster([...nodes], {
      enableOfflineQueue: false,
      ...pauses,
      clusterRetryStrategy: pause,
      redisOptions: options,
    });
  }
  return new ioredis.Redis({
    ...nodes[0],
    ...options,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    db,
    retryStrategy: pause,
    maxRetriesPerRequest: 0, // C2: ioredis would send calls again whose caller has gone
    // The primary may have become a replica: the name may lead to another one now.
    reconnectOnError: ({ message }: Error) => message.startsWith("READONLY"),
  });
}

/** Whether the connection broke before the answer, or before the call was sent. */
function isLoss(error: unknown): boolean {
  const signs = /^(Stream isn't writeable|Connection is closed|Reached the max retries|Command aborted due to)/;
  return signs.test(asError(error).message);
}
