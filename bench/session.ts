// All that a run starts and makes, and the end of it: whatever happens, processes are killed by their ids and temporary
// folders removed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { cpuSecondsOf } from "./cpu.ts";

export const ROOT = join(import.meta.dirname, "..");

export interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it writes to standard output, line by line. */
  readonly lines: AsyncIterator<string>;
  /** Seconds of CPU that it has used so far; NaN where that cannot be told. */
  cpuSeconds(): number;
  /** The first line that matches. @throws Error with what it said, where it ends before. */
  find(pattern: RegExp): Promise<RegExpExecArray>;
  /** SIGTERM, and waits for the end. @throws Error for an exit code other than 0. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The stream that is read line by line. */
  readonly read?: "stdout" | "stderr";
}

/** Settings of whoever calls that would change what is measured. */
const UNWANTED = ["NODE_OPTIONS", "NODE_COMPILE_CACHE", "FUNC_PORT", "FUNC_LOG_LEVEL", "FUNC_INCLUDE_RAW"];

export class Session {
  readonly #children = new Set<ChildProcess>();
  readonly #folders: string[] = [];
  readonly profiles: string | undefined;

  /** @param profiles where Wadi's programs write CPU profiles; they are slower then. */
  constructor(profiles?: string) {
    this.profiles = profiles;
    process.on("exit", () => this.close());
    process.on("SIGINT", () => process.exit(130));
    process.on("SIGTERM", () => process.exit(143));
  }

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), "wadi-bench-"));
    this.#folders.push(folder);
    return folder;
  }

  node(args: readonly string[], start: Start = {}): Running {
    return this.start(process.execPath, args, start);
  }

  start(command: string, args: readonly string[], { env = {}, cwd = ROOT, read = "stdout" }: Start = {}): Running {
    const inherited = Object.entries(process.env).filter(([name]) => !UNWANTED.includes(name));
    const own = { ...Object.fromEntries(inherited), ...env };
    const child = spawn(command, args, { cwd, env: own, stdio: ["pipe", "pipe", "pipe"] });
    this.#children.add(child);
    const ended = once(child, "exit").then(([code, signal]) => {
      this.#children.delete(child);
      return (code ?? signal) as number | string;
    });
    child.on("error", () => this.#children.delete(child));
    child.stdin.on("error", () => {}); // it ended before it was told something; its end says more
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4000);
    });
    if (read === "stderr") child.stdout.resume();
    const reader: Interface = createInterface({ input: child[read] });
    const lines = reader[Symbol.asyncIterator]();
    const name = [command, ...args].join(" ");
    return {
      pid: child.pid ?? 0,
      child,
      lines,
      cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
      async find(pattern) {
        for (;;) {
          const { value, done } = await lines.next();
          if (done === true) throw new Error(`${name} ended: ${errors.trim() || (await ended)}`);
          const match = pattern.exec(value);
          if (match !== null) return match;
        }
      },
      async stop() {
        child.kill("SIGTERM");
        const code = await ended;
        if (code !== 0) throw new Error(`${name} ended with ${code}: ${errors.trim()}`);
      },
      async kill() {
        child.kill("SIGKILL");
        await ended;
      },
    };
  }

  /** Resolves once all that it started has ended. */
  async end(): Promise<void> {
    const ended = [...this.#children].map((child) => once(child, "exit"));
    this.close();
    await Promise.all(ended);
  }

  /** Nothing is awaited: it runs at the exit too. */
  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    this.#children.clear();
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** For programs that do not say which port they took. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

export const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
