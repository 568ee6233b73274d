// A redis-server of the bench's own, as k8s/ has it: what it answers is on disk.

import { spawnSync } from "node:child_process";
import { freePort, type Session } from "./session.ts";

const SERVER = "redis-server";

export interface RedisServer {
  readonly port: number;
  kill(): Promise<void>;
}

/** For instance "Redis 7.0.15"; undefined where there is none on the path. */
export function redisVersion(): string | undefined {
  const { status, stdout } = spawnSync(SERVER, ["--version"], { encoding: "utf8" });
  return status === 0 ? `Redis ${/v=(\S+)/.exec(stdout)?.[1] ?? ""}`.trim() : undefined;
}

/** `durable`: nothing is answered before it is on disk; else nothing goes there. */
export async function startRedis(session: Session, { durable }: { durable: boolean }): Promise<RedisServer> {
  const port = await freePort();
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", session.folder(), "--daemonize", "no"];
  const log = durable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const running = session.start(SERVER, [...place, ...log, "--save", "", "--maxmemory-policy", "noeviction"]);
  await running.find(/Ready to accept connections/);
  return { port, kill: running.kill };
}
