// From the start of a process to its first 2xx, seen from outside.

import { connect } from "node:net";
import type { Event } from "../functions/lib/events/vocabulary.ts";
import { type Program, run } from "./programs.ts";
import { requestOf } from "./requests.ts";
import { assert } from "./row.ts";
import { type Running, type Session, sleep } from "./session.ts";

const PATIENCE_MS = 20_000;
/** A refused connection costs some 50 µs of a core: often enough to be exact, seldom enough not to slow the start. */
const PAUSE_MS = 1;

/** Milliseconds, and the process, which goes on. */
export async function firstAnswer(
  session: Session,
  program: Program,
  port: number,
  event: Event,
): Promise<{ ms: number; running: Running }> {
  const request = requestOf(event);
  const start = performance.now();
  const running = run(session, program);
  while (performance.now() - start < PATIENCE_MS) {
    const answer = await attempt(port, request);
    if (answer !== undefined) {
      const ms = performance.now() - start;
      assert(/^HTTP\/1\.1 2\d\d /.test(answer), `the first answer of ${program.args.join(" ")} was: ${answer}`);
      return { ms, running };
    }
    assert(running.child.exitCode === null, `${program.args.join(" ")} ended before its first answer`);
    await sleep(PAUSE_MS);
  }
  throw new Error(`${program.args.join(" ")} did not answer within ${PATIENCE_MS / 1000} s`);
}

/** The answer, or undefined where nobody listens. */
function attempt(port: number, request: Buffer): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => socket.write(request));
    socket.on("data", (chunk) => {
      resolve(chunk.toString("latin1"));
      socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") resolve(undefined);
      else reject(error);
    });
  });
}
