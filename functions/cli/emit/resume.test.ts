// What an interrupted `wadi emit` does when it is run again, as a process that is really killed, against a real Wadi.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../lib/clock.ts";
import { EventType } from "../../lib/events/vocabulary.ts";
import { type LocalWadi, startLocal } from "../../local/start.ts";
import { settled } from "../../local/wadi-under-test.contract.ts";
import { exitCodeOf, explain } from "../terminal/exit.ts";
import { recordedTerminal } from "../terminal/recorded-output.contract.ts";
import { emitCommand } from "./emit.ts";
import type { EmitResult } from "./report.ts";

const root = join(import.meta.dirname, "../../..");
let folder: string;
let memory: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-resume-"));
  memory = join(folder, "memory");
});
afterEach(() => rmSync(folder, { recursive: true }));

function csv(rows: number): string {
  const path = join(folder, "points.csv");
  const lines = Array.from({ length: rows }, (_, i) => `${i},${2 * i}`);
  writeFileSync(path, `x,y\n${lines.join("\n")}\n`);
  return path;
}

const kept = () => (existsSync(memory) ? readdirSync(memory) : []);

describe("against an ingress that goes away", () => {
  /** What it took, and how many it takes before it answers 503. */
  let server: Server;
  let url: string;
  let taken: string[];
  let takes: number;
  let refuses: (id: string) => boolean;

  beforeEach(async () => {
    taken = [];
    takes = Number.POSITIVE_INFINITY;
    refuses = () => false;
    server = createServer(async (request, response) => {
      for await (const _piece of request);
      const id = String(request.headers["ce-id"]);
      if (request.url !== "/") return void response.writeHead(404).end();
      if (refuses(id)) return void response.writeHead(400).end();
      if (taken.length >= takes) return void response.writeHead(503).end();
      taken.push(id);
      response.writeHead(202).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** With `interruptAfter`, as by Ctrl-C once so many were taken. */
  async function emit(args: readonly string[], interruptAfter?: number) {
    const terminal = recordedTerminal();
    let code = 0;
    const exitWith = (wanted: number) => {
      code = wanted;
    };
    const command = emitCommand({
      terminal,
      env: { WADI_URL: url, WADI_EMIT_FOLDER: memory },
      clock: systemClock,
      exitWith,
    });
    const running = command.parseAsync([...args, "--pipeline", "line"], { from: "user" }).catch((error) => {
      code = exitCodeOf(error);
      terminal.err.write(explain(error, false));
    });
    if (interruptAfter !== undefined) {
      while (taken.length < interruptAfter) await new Promise((resolve) => setTimeout(resolve, 1));
      process.emit("SIGINT");
    }
    await running;
    return { code, out: terminal.out.text(), err: terminal.err.text() };
  }

  const distinct = () => new Set(taken).size;

  test("after Ctrl-C the same command goes on behind what was accepted: no row twice, none left out", async () => {
    const path = csv(500);

    const first = await emit([path, "--rate", "2000"], 100);
    const before = taken.length;
    const second = await emit([path, "--json"]);

    expect(first.code).toBe(130);
    expect(first.out).toContain("the same command goes on from here");
    expect(JSON.parse(second.out)).toMatchObject({ outcome: "done", earlier: before, accepted: 500 - before });
    expect([taken.length, distinct()]).toEqual([500, 500]);
    expect(kept()).toEqual([]);
  });

  test("late labels are counted with their rows, however far behind they come", async () => {
    const path = csv(300);
    const args = [path, "--late-labels", "150", "--target", "y"];

    await emit([...args, "--rate", "2000"], 220);
    const second = await emit(args);

    expect(second.err).toContain("Going on after");
    expect([taken.length, distinct()]).toEqual([600, 600]);
  });

  test("what was refused before the interruption is sent again, and nothing else", async () => {
    const path = csv(300);
    refuses = (id) => /^(7|9)-/.test(id);
    await emit([path, "--rate", "2000"], 100);

    refuses = () => false;
    const second = await emit([path]);

    expect(second.code).toBe(0);
    expect([taken.length, distinct()]).toEqual([300, 300]);
  });

  test("a run that ended has nothing to go on from: the same command sends all, under the same ids", async () => {
    const path = csv(20);

    await emit([path]);
    await emit([path]);

    expect([taken.length, distinct()]).toEqual([40, 20]);
  });

  test("--from-start sends all again", async () => {
    const path = csv(300);
    await emit([path, "--rate", "2000"], 100);
    const before = taken.length;

    const second = await emit([path, "--from-start"]);

    expect(second.out).toContain("300 events accepted");
    expect(taken.length).toBe(before + 300);
    expect(distinct()).toBe(300);
  });

  test("a file that was changed before the mark is sent from its start, and that is said", async () => {
    const path = csv(300);
    await emit([path, "--rate", "2000"], 100);
    writeFileSync(path, `x,y\n${Array.from({ length: 300 }, (_, i) => `${i},1`).join("\n")}\n`);

    const second = await emit([path]);

    expect(second.err).toContain("what it sent is not what is there now: sending from the start");
    expect(second.out).toContain("300 events accepted");
  });

  test("rows that were added at the end since then are sent with the rest", async () => {
    const path = csv(300);
    await emit([path, "--rate", "2000"], 100);
    appendFileSync(path, "1000,2000\n1001,2002\n");

    await emit([path]);

    expect([taken.length, distinct()]).toEqual([302, 302]);
  });

  test("another file, address, limit or reading is another run", async () => {
    const path = csv(300);
    await emit([path, "--rate", "2000"], 100);

    const other = await emit([path, "--source", "/other"]);

    expect(other.err).not.toContain("Going on");
    expect(other.out).toContain("300 events accepted");
  });

  test("a memory that cannot be read, or written, is no obstacle", async () => {
    writeFileSync(memory, "this is a file");
    const path = csv(300);

    const first = await emit([path, "--rate", "2000"], 100);
    const second = await emit([path]);

    expect(first.err).toMatch(/cannot keep in .*memory how far this came/);
    expect(second.out).toContain("300 events accepted");
  });
});

describe("against a real Wadi", () => {
  const children: ChildProcess[] = [];
  let data: string;
  let wadi: LocalWadi;

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "wadi-resume-data-"));
    wadi = await startLocal({
      dataFolder: data,
      port: 0,
      pipelinesFolder: join(root, "helm/pipelines"),
      valuesFile: join(root, "helm/values.yaml"),
      logLevel: "silent",
    });
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await wadi.stop();
    rmSync(data, { recursive: true });
  });

  function emit(...args: readonly string[]) {
    const env = { ...process.env, WADI_URL: wadi.url, WADI_EMIT_FOLDER: memory, NODE_OPTIONS: "" };
    const child = spawn(process.execPath, [join(root, "functions/cli/wadi.ts"), "emit", ...args], { cwd: folder, env });
    children.push(child);
    const run = { child, out: "", code: once(child, "close").then(([code]) => code as number | null) };
    child.stdout.on("data", (chunk) => {
      run.out += chunk;
    });
    return run;
  }

  test("killed with -9 five times on its way, it has each row learned, and few are sent twice", async () => {
    const rows = 3000;
    const path = csv(rows);
    let sent = 0;
    const off = wadi.broker.tap((event) => {
      if (event.type === EventType.observation) sent++;
    });

    for (let kill = 1; kill <= 5; kill++) {
      const run = emit(path, "--pipeline", "line", "--rate", "1500");
      const until = kill * 450;
      while (sent < until && run.child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
      run.child.kill("SIGKILL");
      await run.code;
    }
    const last = emit(path, "--pipeline", "line", "--json");

    expect(await last.code).toBe(0);
    // How much of what was sent is remembered at a kill, the kill decides; the last run begins where some kill was.
    expect((JSON.parse(last.out) as EmitResult).earlier).toBeGreaterThan(0);
    await settled(wadi);
    expect(await wadi.store.models.learnedCount("line")).toBe(rows);
    // A kill forgets what was accepted in the last fifth of a second: 300 rows, and a margin for a machine under load.
    expect(sent).toBeLessThan(rows + 5 * 600);
    off();
  }, 60_000);

  test("another Wadi at the same address, on a new data folder, is sent all of it", async () => {
    const path = csv(1000);
    const here = (port: number) =>
      startLocal({
        dataFolder: join(folder, ".wadi/data"),
        port,
        adminPort: 0,
        pipelinesFolder: join(root, "helm/pipelines"),
        valuesFile: join(root, "helm/values.yaml"),
        logLevel: "silent",
      });
    const first = await here(0);
    const url = `${first.url}/`;
    const run = emit(path, "--pipeline", "line", "--rate", "1000", "--url", url);
    while (first.broker.status().received < 400) await new Promise((resolve) => setTimeout(resolve, 5));
    run.child.kill("SIGINT");
    await run.code;
    await first.stop();
    rmSync(join(folder, ".wadi"), { recursive: true });

    const second = await here(Number(new URL(url).port));
    const again = emit(path, "--pipeline", "line", "--json", "--url", url);

    expect(await again.code).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({ earlier: 0, accepted: 1000 });
    await second.stop();
  }, 30_000);
});
