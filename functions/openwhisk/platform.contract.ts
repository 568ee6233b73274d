// A stand-in for Apache OpenWhisk: containers that run actions (fixtures/runtime.cjs), and the door for web actions before them,
// written from what its controller does. It answers 202, 400 and 429 in the place of actions, and kills containers in mid-run.
// https://github.com/apache/openwhisk/blob/master/core/controller/src/main/scala/org/apache/openwhisk/core/controller/WebActions.scala

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Arguments, Result } from "./main.ts";

const RUNTIME = join(import.meta.dirname, "fixtures/runtime.cjs");
const SENTINEL = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n";
const MAX_BYTES = 1024 * 1024;

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly ms: number;
}

export interface Container {
  post(path: "/init" | "/run" | "/about", message?: object): Promise<Reply>;
  init(zip: Buffer): Promise<Reply>;
  run(value: Arguments): Promise<Reply>;
  /** How many runs were closed on standard output, and on standard error. */
  sentinels(): readonly [number, number];
  kill(): void;
  signal(name: NodeJS.Signals): void;
  readonly gone: boolean;
}

/** `node`: its program. @throws Error with what it said where it ended. */
export async function startContainer(node: string, env: Readonly<Record<string, string>> = {}): Promise<Container> {
  const child: ChildProcess = spawn(node, [RUNTIME], { env: { PATH: process.env["PATH"], ...env }, stdio: "pipe" });
  const said = ["", ""];
  for (const [i, stream] of [child.stdout, child.stderr].entries()) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said[i] += text;
    });
  }
  const ended = once(child, "exit");
  while (!said[0]?.includes("\n")) {
    await Promise.race([child.stdout && once(child.stdout, "data"), ended]);
    if (child.exitCode !== null) throw new Error(`the runtime ended: ${said[1]}`);
  }
  const url = `http://127.0.0.1:${said[0].split("\n", 1)[0]}`;
  const post = async (path: string, message: object = {}): Promise<Reply> => {
    const start = performance.now();
    const answer = await fetch(url + path, { method: "POST", body: JSON.stringify(message) });
    const body = (await answer.json()) as Reply["body"];
    return { status: answer.status, body, ms: performance.now() - start };
  };
  let activations = 0;
  return {
    post,
    init: (zip) => post("/init", { value: { name: "step", main: "main", code: zip.toString("base64"), binary: true } }),
    run: (value) => post("/run", { value, action_name: "/me/wadi/step", activation_id: String(++activations) }),
    sentinels: () =>
      [said[0]?.split(SENTINEL).length ?? 0, said[1]?.split(SENTINEL).length ?? 0].map((n) => n - 1) as [
        number,
        number,
      ],
    kill: () => void child.kill("SIGKILL"),
    signal: (name) => void child.kill(name),
    get gone() {
      return child.exitCode !== null || child.signalCode !== null;
    },
  };
}

/** The parameters of a raw web action for a request. */
export function argumentsOf(method: string, headers: IncomingMessage["headers"], body: Buffer): Arguments {
  const type = headers["content-type"];
  return {
    __ow_method: method.toLowerCase(),
    __ow_headers: headers,
    __ow_path: "",
    __ow_query: "",
    __ow_body: body.toString(type !== undefined && isBinary(type) ? "base64" : "utf8"),
  };
}

/** Pekko takes a type that it does not know for binary, unless it names a charset; the controller takes application/json so. */
function isBinary(type: string): boolean {
  const [essence = "", ...parameters] = type.toLowerCase().split(";");
  if (essence.trim() === "application/json") return true;
  return !essence.startsWith("text/") && !parameters.some((one) => one.trim().startsWith("charset="));
}

export interface PlatformOptions {
  /** By action. */
  readonly zips: ReadonlyMap<string, Buffer>;
  /** Parameters of all actions. */
  readonly parameters: Arguments;
  readonly node: string;
  /** The most of an action; default 1. */
  readonly containers?: number;
  readonly secret?: string;
  /** How often the platform answers itself, by seed; default: never. */
  readonly chaos?: { readonly seed: number; readonly share: number };
  /** By action, the runs in which its container is killed. */
  readonly kills?: Readonly<Record<string, readonly number[]>>;
}

export interface Platform {
  /** As `--steps` takes it. */
  readonly url: string;
  /** What it answered itself. */
  readonly said: number[];
  /** Of runs that an action answered. */
  readonly answered: number[];
  close(): void;
}

/** The containers of one action. */
class Pool {
  readonly #start: () => Promise<Container>;
  readonly #most: number;
  readonly #idle: Container[] = [];
  readonly #waiting: ((container: Container) => void)[] = [];
  readonly all = new Set<Container>();
  #started = 0;

  constructor(start: () => Promise<Container>, most: number) {
    this.#start = start;
    this.#most = most;
  }

  async take(): Promise<Container> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#started >= this.#most) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#started++;
    const container = await this.#start();
    this.all.add(container);
    return container;
  }

  async give(container: Container): Promise<void> {
    if (!container.gone) {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(container);
      else next(container);
      return;
    }
    this.all.delete(container);
    this.#started--;
    const next = this.#waiting.shift();
    if (next !== undefined) next(await this.take());
  }
}

export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { zips, parameters, node, containers = 1, secret, chaos, kills = {} } = options;
  const [said, answered]: [number[], number[]] = [[], []];
  const next = chances(chaos?.seed ?? 0);
  const runs = new Map<string, number>();
  let open = true;
  const pools = new Map(
    [...zips].map(([name, zip]) => {
      const start = async () => {
        const container = await startContainer(node);
        if (!open) container.kill();
        const { status, body } = await container.init(zip);
        if (status !== 200) throw new Error(`${name} does not start: ${JSON.stringify(body)}`);
        return container;
      };
      return [name, new Pool(start, containers)];
    }),
  );

  function refuse(response: ServerResponse, status: number): void {
    said.push(status);
    response.writeHead(status, { "content-type": "application/json" }).end('{"error":"of the platform","code":"x"}');
  }

  async function call(name: string, pool: Pool, args: Arguments): Promise<Reply | undefined> {
    const container = await pool.take();
    const nth = (runs.get(name) ?? 0) + 1;
    runs.set(name, nth);
    try {
      const running = container.run({ ...parameters, ...args });
      if (kills[name]?.includes(nth)) container.kill();
      return await running;
    } catch {
      return undefined;
    } finally {
      while (kills[name]?.includes(nth) && !container.gone) await new Promise(setImmediate);
      pool.give(container);
    }
  }

  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const name = /^\/api\/v1\/web\/me\/wadi\/(\w+)$/.exec(request.url ?? "")?.[1] ?? "";
    const pool = pools.get(name);
    if (pool === undefined) return refuse(response, 404);
    if (secret !== undefined && request.headers["x-require-whisk-auth"] !== secret) return refuse(response, 401);
    const fate = next() / (chaos?.share ?? 0);
    if (fate < 0.25) return refuse(response, 429);
    if (fate < 0.5) return refuse(response, 400);
    const args = argumentsOf(request.method ?? "", request.headers, Buffer.concat(pieces));
    if (Buffer.byteLength(JSON.stringify(args)) > MAX_BYTES) return refuse(response, 413);
    const reply = await call(name, pool, args);
    // It crashed, or its result is cut.
    if (reply?.status !== 200 || Buffer.byteLength(JSON.stringify(reply.body)) > MAX_BYTES)
      return refuse(response, 400);
    // The action is done, and nobody waited for it.
    if (fate < 0.75) return refuse(response, 202);
    if (fate < 1) return refuse(response, 400);
    answered.push(reply.ms);
    answer(response, reply.body as unknown as Result);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/web/me/wadi/`,
    said,
    answered,
    close() {
      open = false;
      for (const { all } of pools.values()) for (const container of all) container.kill();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An empty body has no type; a text is written as what its type says. */
function answer(response: ServerResponse, { statusCode, headers, body }: Result): void {
  const { "content-type": type, ...others } = headers;
  response.writeHead(statusCode, { ...others, ...(body !== "" && { "content-type": type ?? "text/html" }) }).end(body);
}

/** Numbers from 0 to 1. */
function chances(seed: number): () => number {
  let chance = seed;
  return () => {
    chance = (Math.imul(chance, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (chance >>> 8) / 2 ** 23;
  };
}

export const STEP_ZIPS = ["validate", "featurize", "predict", "learn"] as const;

/** Of a folder that `wadi package openwhisk` wrote. */
export function zipsOf(folder: string): ReadonlyMap<string, Buffer> {
  return new Map(STEP_ZIPS.map((name) => [name, readFileSync(join(folder, `${name}.zip`))]));
}
